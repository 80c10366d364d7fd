"""The fleet: one worker process for each mesh."""
