"""What every way to ask for a new job says: from a chat, from an action, from the command line.

Owns the shape only.  Whether the job can be is for the supervisor to say
(`features.jobs.supervisor`), with a sentence for whoever asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from meshvisor.features.jobs.model.job import read_priority


def _priority(given: Any) -> Any:
    # Numbers are left to those who say more about them.
    return read_priority(given) if isinstance(given, str) else given


_UNSAID: Final[Any] = Field(None, exclude_if=lambda value: value is None)
"""Left out where nothing is said, as by older versions."""


class Submission(BaseModel):
    """A job that somebody wants."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: str
    items: tuple[str, ...] | None = None
    """Keys; None: the job has no items."""
    data: Mapping[str, Any] = Field(default_factory=dict)
    """Handed to the action as it is."""
    priority: Annotated[int | None, BeforeValidator(_priority)] = None
    """1 (most urgent) to 5, or its name; None: the action's."""
    lane: str | None = None
    """None: the action's."""
    key: str | None = None
    """Idempotency key: a second job with the same one is the first; None: each is a new one."""
    target: str | None = _UNSAID
    """To what, or on whose behalf, it is done, such as an alliance; None: nothing in particular."""
    retries: int | None = _UNSAID
    """Attempts after a failed first one; None, here and below: the action's."""
    retry_delay: float | None = _UNSAID
    """Seconds before the second attempt."""
    rate_limit_delay: float | None = _UNSAID
    """Seconds of a rate limit that does not say how long it is."""
    wait_timeout: float | None = _UNSAID
    """Seconds that it may wait at a stretch before it fails."""
    deadline: float | None = _UNSAID
    """Seconds within which it has to end."""
