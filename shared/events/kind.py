"""What a kind of event is called, what its data holds, and how long it is kept.

Owns the shape of the lists that features bring, and what a pattern such as `job.*` means.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from meshvisor.shared.events.notice import Notice

DEFAULT_KEEP_DAYS: Final = 7.0
"""Days that events are kept where neither their kind nor the settings say otherwise: a week end and
some more, within which an operator finds out why something happened."""

ALL_OF: Final = ".*"
"""How a pattern ends that means all kinds of a family; `*` alone means all of them."""


class EventKind(msgspec.Struct, frozen=True):
    """A kind of event; features list theirs, and docs/events.md has all of them."""

    name: str
    """Dotted, the family first: `job.completed`."""
    meaning: str
    """One sentence: when it happens."""
    subject: str = ""
    """What its subject is; empty: it has none."""
    data: Mapping[str, str] = msgspec.field(default_factory=dict)
    """The fields of its data with a few words about each, beside `v`, the version of this list."""
    keep_days: float | None = None
    """Days; None: as the settings say (`events.keep_days`)."""
    notice: Notice | None = None
    """How it is said in a notification; None: there is none."""
    version: int = 1
    """Raised when a field gets another meaning or goes; new fields do not raise it."""


def matches(pattern: str, kind: str) -> bool:
    """Say whether a kind is meant by a pattern: its name, `family.*`, or `*`."""
    if pattern == "*":
        return True
    if pattern.endswith(ALL_OF):
        return kind.startswith(pattern[:-1])
    return pattern == kind


def split(patterns: Iterable[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return the plain names among patterns, and the others as SQLite's GLOB takes them."""
    plain: list[str] = []
    globs: list[str] = []
    for pattern in dict.fromkeys(patterns):
        (globs if pattern == "*" or pattern.endswith(ALL_OF) else plain).append(pattern)
    return plain, globs
