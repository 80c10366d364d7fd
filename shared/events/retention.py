"""Removing events that were kept long enough.

Owns which ones may go.  Does not own when it is done.  The newest event always stays, so that no
number is used twice; so does what a subscriber has not read yet, up to `Retention.unread_limit`:
one that never comes to an end must not fill the disk.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from meshvisor.shared.events import log
from meshvisor.shared.events.kind import DEFAULT_KEEP_DAYS, EventKind, matches
from meshvisor.shared.events.log import QUERIES

DAY: Final = 86_400_000
"""Milliseconds."""
UNREAD_LIMIT: Final = 1_000_000
"""Events, where the settings do not say."""
REMOVED: Final = 5_000
"""Events that are removed in one transaction: a few milliseconds, for which other writes wait."""


class Retention(msgspec.Struct, frozen=True):
    """How long events are kept."""

    kinds: Sequence[EventKind] = ()
    """Those that are known."""
    keep_days: float = DEFAULT_KEEP_DAYS
    """For kinds without a rule of their own."""
    overrides: Sequence[tuple[str, float]] = ()
    """Patterns and days of the settings; the last one that matches counts."""
    unread_limit: int = UNREAD_LIMIT
    """Events behind the newest one that are kept for a subscriber which has not read them."""

    def days(self, kind: str) -> float:
        """Return for how many days events of a kind are kept."""
        for pattern, days in reversed(self.overrides):
            if matches(pattern, kind):
                return days
        own = next((one.keep_days for one in self.kinds if one.name == kind), None)
        return self.keep_days if own is None else own

    @property
    def shortest(self) -> float:
        """The fewest days that any kind may be kept."""
        own = [one.keep_days for one in self.kinds if one.keep_days is not None]
        return min([self.keep_days, *own, *(days for _, days in self.overrides)])

    def read_up_to(self, positions: Iterable[int], newest: int) -> int:
        """Return the event behind which all stay, because somebody has yet to read them.

        Args:
            positions: up to which event each subscriber has read.
            newest: the last event of the log.
        """
        return max(min(positions), newest - self.unread_limit)


def outdated(
    db: sqlite3.Connection, retention: Retention, read_up_to: int, now: int
) -> Iterator[list[int]]:
    """Yield numbers of events that may go, up to `REMOVED` at a time.

    Args:
        db: a reader's; the events are removed by others, with `remove`.
        retention: how long they are kept.
        read_up_to: what lies behind this stays.
        now: epoch milliseconds.
    """
    last_to_go = min(read_up_to, log.last(db) - 1)
    until = min(_before(db, now - round(retention.shortest * DAY)), last_to_go)
    by_days: dict[float, list[str]] = {}
    for (kind,) in db.execute(QUERIES["kinds_kept"], (until,)).fetchall():
        by_days.setdefault(retention.days(kind), []).append(kind)
    for days, kinds in by_days.items():
        until = min(_before(db, now - round(days * DAY)), last_to_go)
        yield from _in_portions(db, kinds, until)


def remove(db: sqlite3.Connection, numbers: Sequence[int]) -> None:
    """Remove events."""
    db.execute(QUERIES["remove"], (json.dumps(numbers),))


# Private


def _in_portions(db: sqlite3.Connection, kinds: Sequence[str], until: int) -> Iterator[list[int]]:
    values: Mapping[str, object] = {"kinds": json.dumps(kinds), "until": until, "most": REMOVED}
    after = 0
    while True:
        rows = db.execute(QUERIES["outdated"], {**values, "after": after}).fetchall()
        if not rows:
            return
        after = rows[-1][0]
        yield [seq for (seq,) in rows]


def _before(db: sqlite3.Connection, moment: int) -> int:
    """Return the number of the last event before a moment.

    By halves: the log is in the order of time but for what a clock that was set has made of it.
    """
    low, high = 0, log.last(db)
    while low < high:
        middle = (low + high) // 2
        row = db.execute(QUERIES["next_event"], (middle,)).fetchone()
        seq, at = row
        if at < moment:
            low = seq
        else:
            high = middle
    return low
