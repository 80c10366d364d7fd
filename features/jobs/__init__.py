"""Jobs: durable work made of items, in lanes."""
