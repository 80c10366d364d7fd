"""How long a child of any kind waits for what."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildTimings:
    """Seconds; each kind of child adds its own."""

    flush: float = 1.0
    """For the last messages to the supervisor to leave."""
    terminate: float = 3.0
    """For a graceful end after SIGTERM, which names no deadline."""
