"""What an action declares about itself; the supervisor plans with it and never runs it.

Made by `@action` in a runner's process, carried by the zygote's report, kept by the supervisor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final

import msgspec

from meshvisor.features.jobs.model.data import check_data
from meshvisor.features.jobs.model.job import (
    DEFAULT_LANE,
    check_action_name,
    check_lane,
    check_priority,
    default_priority,
)
from meshvisor.shared.inputs import Input, read_inputs

DEFAULT_RETRIES: Final = 3
"""Attempts after the first one (seed 000, MAX_RETRIES)."""
DEFAULT_RETRY_DELAY: Final = 3.0
"""Seconds before the second attempt (seed 000, RETRY_DELAY); each further one waits twice as long,
spread at random, at most `LONGEST_RETRY_DELAY`."""
LONGEST_RETRY_DELAY: Final = 3600.0
"""Seconds."""
MOST_RETRIES: Final = 1000
DEFAULT_ITEM_TIMEOUT: Final = 60.0
"""Seconds for one item: ten times what a slow service takes, and short enough that an urgent job
which waits for the end of an item does not wait for ever."""
LONGEST_TIMEOUT: Final = 7 * 86400.0
"""Seconds; beyond it None is meant."""


DEFAULT_RATE_LIMIT_DELAY: Final = 60.0
"""Seconds to wait where a service does not say how long (seed 000, RATE_LIMIT_DELAY)."""
LONGEST_DEADLINE: Final = 365 * 86400.0
"""Seconds; a job that may take longer needs no deadline."""
LONGEST_DESCRIPTION: Final = 300
"""Characters of what an action says of itself: a sentence above a form."""


class JobDefaults(msgspec.Struct, frozen=True):
    """What holds for jobs where neither their action nor their submission says anything else."""

    retries: int = DEFAULT_RETRIES
    retry_delay: float = DEFAULT_RETRY_DELAY
    rate_limit_delay: float = DEFAULT_RATE_LIMIT_DELAY
    wait_timeout: float | None = None
    deadline: float | None = None


OPTIONS: Final = JobDefaults.__struct_fields__
"""What a submission may say in place of its action."""


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
    retries: int | None = None
    """Attempts after a failed first one; 0: none; None: as the settings say."""
    retry_delay: float | None = None
    """Seconds, base of the delay before the next attempt; None: as the settings say."""
    timeout: float | None = None
    """Seconds for one attempt; None: no limit."""
    item_timeout: float = DEFAULT_ITEM_TIMEOUT
    """Seconds for one item."""
    rate_limit: str = ""
    """Actions with the same one wait together when one of them meets a rate limit; empty: the
    action's own name."""
    source: str = ""
    """The module that declares it."""
    rate_limit_delay: float | None = None
    """Seconds of a rate limit that does not say how long it is; None: as the settings say."""
    wait_timeout: float | None = None
    """Seconds that a job may wait at a stretch before it fails; None: as the settings say."""
    deadline: float | None = None
    """Seconds from its submission within which a job has to end; None: as the settings say."""
    needs_mesh: bool = True
    """Whether its jobs are about a mesh; otherwise they may be about none (`NO_MESH`)."""
    dry_run: bool = False
    """Whether it can say what it would do, and do nothing (`Submission.dry_run`)."""
    description: str = ""
    """What it does, in one sentence; empty: it does not say."""
    items: str | None = None
    """What its items are, for people; empty: its jobs take none; None: it does not say."""
    inputs: Mapping[str, Input] | None = None
    """What its jobs may be given as `data`, by name; None: it does not say, anything."""

    def __post_init__(self) -> None:
        check_action_name(self.name)
        check_lane(self.lane)
        set_ = object.__setattr__
        set_(self, "priority", check_priority(self.priority or default_priority(self.name)))
        set_(self, "rate_limit", self.rate_limit or self.name)
        check_options({name: getattr(self, name) for name in OPTIONS})
        set_(self, "description", shortened(self.description))
        set_(self, "items", None if self.items is None else shortened(self.items))
        if self.inputs is not None:
            set_(self, "inputs", _checked_inputs(self.inputs))
        for name in ("timeout", "item_timeout"):
            value = getattr(self, name)
            if value is not None and not 0 < value <= LONGEST_TIMEOUT:
                raise ValueError(f"{name} is {value!r}; it must be above 0 and at most a week")

    @property
    def attempts(self) -> int:
        """How often a job may be tried."""
        return (DEFAULT_RETRIES if self.retries is None else self.retries) + 1

    def resolved(self, defaults: JobDefaults) -> ActionSpec:
        """Return it with the defaults in place of what it leaves open."""
        open_ = [name for name in OPTIONS if getattr(self, name) is None]
        return replace(self, **{name: getattr(defaults, name) for name in open_})

    def with_options(self, options: Mapping[str, Any]) -> ActionSpec:
        """Return it with what a submission says in its place."""
        return replace(self, **{name: options[name] for name in OPTIONS if name in options})

    def as_json(self) -> dict[str, Any]:
        """Return it for `from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> ActionSpec:
        """Return what `as_json` returned; unknown fields are ignored, missing ones left open."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})


def shortened(description: str) -> str:
    """Return a description on one line, as long as one is kept."""
    line = " ".join(description.split())
    return line if len(line) <= LONGEST_DESCRIPTION else line[: LONGEST_DESCRIPTION - 1] + "…"


def check_options(options: Mapping[str, Any]) -> None:
    """Refuse what cannot be; None stands for what is left open.

    Raises:
        ValueError: one of them cannot be; the message is one sentence.
    """
    retries = options.get("retries")
    if retries is not None and (type(retries) is not int or not 0 <= retries <= MOST_RETRIES):
        raise ValueError(f"retries is {retries!r}; it must be a number from 0 to {MOST_RETRIES}")
    for name, longest in _LONGEST.items():
        value = options.get(name)
        if value is None:
            continue
        if not _is_number(value) or not 0 <= value <= longest:
            raise ValueError(f"{name} is {value!r}; it must be 0 to {longest:.0f} seconds")
        if name in {"wait_timeout", "deadline"} and not value:
            raise ValueError(f"{name} is 0; it must be above that, or left out for no limit")


# Private

_LONGEST: Final = {
    "retry_delay": LONGEST_RETRY_DELAY,
    "rate_limit_delay": LONGEST_TIMEOUT,
    "wait_timeout": LONGEST_DEADLINE,
    "deadline": LONGEST_DEADLINE,
}


def _checked_inputs(given: object) -> dict[str, Input]:
    inputs = read_inputs(given)
    try:
        check_data(inputs)  # it is sent to the supervisor, and defaults to a runner
    except ValueError:
        raise ValueError("the inputs hold what is no JSON, or more than 64 KiB of it") from None
    return inputs


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
