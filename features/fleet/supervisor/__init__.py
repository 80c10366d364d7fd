"""The fleet: one worker process per mesh, and everything that keeps them."""
