"""Health: figures about the machine and the fleet, and alerts when they pass their limits."""
