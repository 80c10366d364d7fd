"""Appending to the log and reading it; each function works on a connection inside a transaction.

Owns what a row is.  Does not own whose transaction it is, nor who is notified of it
(`subscriptions`).
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from meshvisor.shared.events.event import Event, NewEvent
from meshvisor.shared.events.kind import EventKind, split
from meshvisor.shared.store.queries import load_queries

QUERIES: Final = load_queries(Path(__file__).with_name("events.sql"))

SALVAGED: Final = EventKind(
    "events.salvaged",
    "The database was damaged; events before this one may be lost.",
)

KINDS: Final = (SALVAGED,)
"""Those of the log itself."""


class Wanted(msgspec.Struct, frozen=True):
    """Which events a reader wants; a field that is empty means all."""

    kinds: Sequence[str] = ()
    """Names and patterns, see `kind.matches`."""
    mesh_id: str | None = None
    field: tuple[str, str] | None = None
    """A field of the data and the value that it has to have."""
    subject: str | None = None
    """What they are about: the id of a user, of a job."""

    def values(self) -> dict[str, Any]:
        """Return what the statements are given."""
        plain, globs = split(self.kinds)
        field, value = self.field or (None, None)
        return {
            "kinds": json.dumps(plain) if self.kinds else None,
            "globs": json.dumps(globs) if globs else None,
            "mesh_id": self.mesh_id,
            "subject": self.subject,
            "field": None if field is None else f"$.{field}",
            "value": value,
            "hint": _hint(value),
        }


ALL: Final = Wanted()


class Page(NamedTuple):
    """Events, and how far was looked for them."""

    events: list[Event]
    """Oldest first."""
    next: int
    """What to ask for behind this page: everything up to here was looked at."""
    has_more: bool = False
    """Whether there may be more of them already."""
    unreadable: Sequence[int] = ()
    """Numbers of those that are left out, because their data is no JSON object."""


def append(db: sqlite3.Connection, events: Iterable[NewEvent]) -> None:
    """Append events in their order, in the transaction of the change that they tell of."""
    db.executemany(QUERIES["append"], [event.row() for event in events])


def append_text(
    db: sqlite3.Connection, columns: tuple[int, str, str, str | None, str, str]
) -> None:
    """Append one event that begins a chain and whose data is text already (`event.encode`).

    For what is appended thousands of times a second.

    Args:
        db: inside the transaction of the change that it tells of.
        columns: at, kind, subject, mesh, actor and data; see `NewEvent`.
    """
    db.execute(QUERIES["append_first"], columns)


def name_actor(db: sqlite3.Connection, after: int, subject: str, family: str, actor: str) -> None:
    """Say who has brought about what was just appended; in the same transaction only.

    Args:
        db: inside the transaction that has appended it.
        after: `last` before that.
        subject: whose events are meant.
        family: their kinds, such as `job.*`.
        actor: who.
    """
    values = {"after": after, "subject": subject, "family": family, "actor": actor}
    db.execute(QUERIES["name_actor"], values)


def last(db: sqlite3.Connection) -> int:
    """Return the number of the newest event; 0: there never was one."""
    (seq,) = db.execute(QUERIES["last"]).fetchone()
    return int(seq)


def kinds_behind(
    db: sqlite3.Connection, after: int, until: int, most: int
) -> frozenset[str] | None:
    """Return the kinds of the events between two places; None: there may be more than `most`."""
    if until - after > most:
        return None
    return frozenset(kind for (kind,) in db.execute(QUERIES["kinds_behind"], (after, until)))


def first_since(db: sqlite3.Connection, at: int) -> int:
    """Return the number of about the first event since a moment; greater than all: there is none.

    Found in some twenty steps, for numbers grow with time and nothing lists events by time.  Where
    the clock was set back it may be one of a little earlier or later.

    Args:
        db: inside a transaction.
        at: epoch milliseconds.
    """
    low, high = 1, last(db) + 1
    while low < high:
        middle = (low + high) // 2
        row = db.execute(QUERIES["at_or_behind"], (middle,)).fetchone()
        if row is None or row[1] >= at:
            high = middle
        else:
            low = row[0] + 1
    return low


def read(db: sqlite3.Connection, after: int, limit: int, wanted: Wanted = ALL) -> Page:
    """Return the first events behind a place.

    Args:
        db: inside a transaction.
        after: `seq` of the last one that is known; 0: from the beginning.
        limit: how many at most.
        wanted: which ones.
    """
    until = max(last(db), after)
    values = {**wanted.values(), "after": after, "until": until, "limit": limit}
    return _page(db.execute(_statement("after", wanted), values).fetchall(), until, limit)


def read_any(
    db: sqlite3.Connection, after: int, limit: int, alternatives: Sequence[Wanted]
) -> Page:
    """Do the same for events that any of several are about."""
    until = max(last(db), after)
    values: dict[str, Any] = {"after": after, "until": until, "limit": limit}
    for number, wanted in enumerate(alternatives):
        values |= {f"{name}_{number}": value for name, value in wanted.values().items()}
    return _page(db.execute(_after_any(len(alternatives)), values).fetchall(), until, limit)


def newest(db: sqlite3.Connection, limit: int, wanted: Wanted = ALL, after: int = 0) -> Page:
    """Return the newest events, oldest first; only those behind a place."""
    until = last(db)
    values = {**wanted.values(), "after": after, "until": until, "limit": limit}
    rows = db.execute(_statement("newest", wanted), values).fetchall()
    return _page(rows[::-1], until)


def continue_salvaged(db: sqlite3.Connection, now: int) -> None:
    """Let the log of a salvaged database go on behind everything that any reader has seen of it.

    Its newest events may be lost, and subscribers whose cursors are behind them would take what
    comes next for what they know.
    """
    (used,) = db.execute(QUERIES["last_used"]).fetchone()
    if used:
        db.execute(QUERIES["append_as"], (used + 1, now, SALVAGED.name, '{"v":1}'))


# Private

_PLAIN: Final = re.compile(r"[ !#-\[\]-~]*")
"""Text that JSON has as it is, from any source."""


def _page(rows: Sequence[tuple[Any, ...]], until: int, limit: int | None = None) -> Page:
    """Return rows, oldest first, as a page; None: there are none behind it."""
    found = [Event(*row) for row in rows]
    events = [event for event in found if event.is_readable]
    unreadable: Sequence[int] = ()
    if len(events) != len(found):
        unreadable = sorted({event.seq for event in found} - {event.seq for event in events})
    is_full = len(found) == limit
    return Page(events, found[-1].seq if is_full else until, is_full, unreadable)


def _hint(value: str | None) -> str:
    """Return what the data of an event with a value has in it for certain."""
    return f'"{value}"' if value is not None and _PLAIN.fullmatch(value) else ""


def _statement(name: str, wanted: Wanted) -> str:
    return QUERIES[name] if wanted.subject is None else _about(name)


@cache
def _about(name: str) -> str:
    """Return a statement for events that are about one subject, which its index finds."""
    return QUERIES[name].replace("(:subject IS NULL OR subject = :subject)", "subject = :subject")


@cache
def _after_any(count: int) -> str:
    """Return the statement `after` for events that any of several alternatives is about."""
    statement = QUERIES["after"]
    begin, end = statement.index("AND (:kinds"), statement.index("ORDER BY")
    one = statement[begin:end].removeprefix("AND ")
    each = (re.sub(r":(\w+)", rf":\1_{number}", one) for number in range(count))
    return f"{statement[:begin]}AND ({' OR '.join(f'({text})' for text in each)}) {statement[end:]}"
