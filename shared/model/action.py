"""What an action declares about itself; the supervisor plans with it and never runs it.

Made by `@action` in a runner's process, carried by the zygote's report, kept by the supervisor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from shared.model.job import (
    DEFAULT_LANE,
    check_action_name,
    check_lane,
    check_priority,
    default_priority,
)

DEFAULT_RETRIES: Final = 3
"""Attempts after the first one (seed 000, MAX_RETRIES)."""
DEFAULT_RETRY_DELAY: Final = 3.0
"""Seconds before the second attempt (seed 000, RETRY_DELAY); each further one waits twice as long,
spread at random, at most `LONGEST_RETRY_DELAY`."""
LONGEST_RETRY_DELAY: Final = 3600.0
"""Seconds."""
DEFAULT_ITEM_TIMEOUT: Final = 60.0
"""Seconds for one item: ten times what a slow service takes, and short enough that an urgent job
which waits for the end of an item does not wait for ever."""
LONGEST_TIMEOUT: Final = 7 * 86400.0
"""Seconds; beyond it None is meant."""


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action.

    Raises:
        ValueError: one of the values cannot be; the message is one sentence.
    """

    name: str
    priority: int = 0
    """1 (most urgent) to 5; 0: the default of its name."""
    lane: str = DEFAULT_LANE
    retries: int = DEFAULT_RETRIES
    """Attempts after a failed first one; 0: none."""
    retry_delay: float = DEFAULT_RETRY_DELAY
    """Seconds, base of the delay before the next attempt."""
    timeout: float | None = None
    """Seconds for one attempt; None: no limit."""
    item_timeout: float = DEFAULT_ITEM_TIMEOUT
    """Seconds for one item."""
    rate_limit: str = ""
    """Actions with the same one wait together when one of them meets a rate limit; empty: the
    action's own name."""
    source: str = ""
    """The module that declares it."""

    def __post_init__(self) -> None:
        check_action_name(self.name)
        check_lane(self.lane)
        set_ = object.__setattr__
        set_(self, "priority", check_priority(self.priority or default_priority(self.name)))
        set_(self, "rate_limit", self.rate_limit or self.name)
        if isinstance(self.retries, bool) or not 0 <= self.retries <= 1000:
            raise ValueError(f"retries is {self.retries!r}; it must be a number from 0 to 1000")
        if not 0 <= self.retry_delay <= LONGEST_RETRY_DELAY:
            raise ValueError(f"retry_delay is {self.retry_delay!r}; it must be 0 to 3600 seconds")
        for name in ("timeout", "item_timeout"):
            value = getattr(self, name)
            if value is not None and not 0 < value <= LONGEST_TIMEOUT:
                raise ValueError(f"{name} is {value!r}; it must be above 0 and at most a week")

    @property
    def attempts(self) -> int:
        """How often a job may be tried."""
        return self.retries + 1

    def as_json(self) -> dict[str, Any]:
        """Return it for `from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> ActionSpec:
        """Return what `as_json` returned; unknown fields are ignored."""
        return cls(**{field.name: values[field.name] for field in fields(cls)})
