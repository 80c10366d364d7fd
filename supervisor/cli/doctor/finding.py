"""What a check has found: fine, worth a look, or in the way."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, ParamSpec

P = ParamSpec("P")


class Level(enum.StrEnum):
    """How bad it is."""

    OK = "ok"
    """As it should be."""
    WARN = "warn"
    """A fleet runs, but something will be missed."""
    FAIL = "fail"
    """A fleet cannot run, or not safely."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check."""

    level: Level
    name: str
    """What was looked at, in two or three words."""
    text: str
    """What was found."""
    advice: str = ""
    """What to do about it; empty: nothing."""

    def to_json(self) -> dict[str, Any]:
        """Return it for `--json`."""
        return asdict(self)


def ok(name: str, text: str) -> Finding:
    """Return a finding that is as it should be."""
    return Finding(Level.OK, name, text)


def warn(name: str, text: str, advice: str) -> Finding:
    """Return a finding that is worth a look."""
    return Finding(Level.WARN, name, text, advice)


def fail(name: str, text: str, advice: str) -> Finding:
    """Return a finding that prevents a start."""
    return Finding(Level.FAIL, name, text, advice)


def untried(name: str, count: int) -> Iterator[Finding]:
    """Yield how many more of a kind were not tried, because that would take too long."""
    if count > 0:
        text = f"{count} more {'were' if count > 1 else 'was'} not tried"
        yield warn(name, text, "'meshvisor status' says what running bots have met there")


def guarded(
    name: str, check: Callable[P, Iterable[Finding]], *args: P.args, **named: P.kwargs
) -> Iterator[Finding]:
    """Yield the findings of a check; one that the machine does not let us make is said, too."""
    try:
        yield from check(*args, **named)
    except OSError as error:
        yield warn(
            name,
            f"cannot be checked: {error}",
            "run the doctor as the user who runs the supervisor",
        )
