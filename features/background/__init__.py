"""Background commands: any command, detached from the terminal, with files that tell of it."""
