"""The mesh worker: one bot in one room, in a process of its own."""
