"""What every way to ask for a new job says: from a chat, from an action, from the command line.

Owns the shape only.  Whether the job can be is for the supervisor to say (`supervisor.jobs`), with
a sentence for whoever asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Submission(BaseModel):
    """A job that somebody wants."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: str
    items: tuple[str, ...] | None = None
    """Keys; None: the job has no items."""
    data: Mapping[str, Any] = Field(default_factory=dict)
    """Handed to the action as it is."""
    priority: int | None = None
    """1 (most urgent) to 5; None: the action's."""
    lane: str | None = None
    """None: the action's."""
    key: str | None = None
    """Idempotency key: a second job with the same one is the first; None: each is a new one."""
