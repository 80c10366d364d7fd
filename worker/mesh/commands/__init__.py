"""Chat commands: registry, parser, limits, context, and the built-in ones."""
