"""The parent process: orchestration only; imports `shared` only."""
