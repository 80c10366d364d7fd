"""What runs in the supervisor: definitions, effects, and the keeper of the engine."""
