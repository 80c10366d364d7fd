"""What runs inside child processes; imports `shared` only."""
