"""What an operator keeps from beginning: a lane, a rate key, or everything.

A hold is a row of its own and no state of the jobs that it concerns, so that it costs the same for
one and for a million of them, and holds those as well that are submitted later.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

import msgspec

from meshvisor.features.jobs.model.job import HoldKind
from meshvisor.features.jobs.supervisor.ledger import events
from meshvisor.features.jobs.supervisor.ledger.job import Job, Millis, iso
from meshvisor.shared.store.queries import load_queries

QUERIES: Final = load_queries(Path(__file__).with_suffix(".sql"))


class Hold(msgspec.Struct, frozen=True):
    """One thing that is on hold."""

    kind: HoldKind
    name: str
    """Of the lane or rate key; empty: everything."""
    set_at: Millis
    until: Millis | None
    """When it ends by itself; None: when an operator ends it."""
    by: str

    def concerns(self, job: Job) -> bool:
        """Say whether a job is kept from beginning by it."""
        if self.kind == "all":
            return True
        return self.name == (job.lane if self.kind == "lane" else job.rate_key)

    @property
    def subject(self) -> str:
        """What is on hold, in words."""
        return events.describe(self.kind, self.name)


class Holds(msgspec.Struct, frozen=True):
    """All of them."""

    all: tuple[Hold, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.all)

    @property
    def rate_keys(self) -> frozenset[str]:
        """Rate keys that are on hold."""
        return frozenset(hold.name for hold in self.all if hold.kind == "rate_key")

    def holds_lane(self, lane: str) -> bool:
        """Say whether nothing begins in a lane."""
        return any(
            hold.kind == "all" or (hold.kind == "lane" and hold.name == lane) for hold in self.all
        )

    def on(self, job: Job) -> Hold | None:
        """Return what keeps a job from beginning; None: nothing does."""
        return next((hold for hold in self.all if hold.concerns(job)), None)


NO_HOLDS: Final = Holds()


def read_holds(db: sqlite3.Connection) -> Holds:
    """Return what is on hold."""
    return Holds(tuple(Hold(*row) for row in db.execute(QUERIES["all"])))


def state_of(db: sqlite3.Connection, kind: HoldKind, name: str) -> str:
    """Return whether something is on hold itself, until when and by whom, for the audit log."""
    for hold in read_holds(db).all:
        if (hold.kind, hold.name) == (kind, name):
            until = "" if hold.until is None else f" until {iso(hold.until)}"
            return f"on hold{until} by {hold.by}"
    return "free"


def set_hold(
    db: sqlite3.Connection,
    kind: HoldKind,
    name: str,
    *,
    now: Millis,
    until: Millis | None,
    by: str,
) -> None:
    """Put something on hold, or change until when it is."""
    values = {"kind": kind, "name": name, "now": now, "until": until, "by": by}
    db.execute(QUERIES["set"], values)


def end_hold(db: sqlite3.Connection, kind: HoldKind, name: str) -> bool:
    """End a hold; say whether there was one."""
    return db.execute(QUERIES["end"], (kind, name)).rowcount > 0


def end_holds(db: sqlite3.Connection, now: Millis) -> bool:
    """End holds whose time is over; say whether there were any."""
    ended = db.execute(QUERIES["end_over"], (now,)).fetchall()
    for kind, name in ended:
        events.hold_ended(db, kind, name, None, now)
    return bool(ended)


def shift(db: sqlite3.Connection, delta: int) -> None:
    """Keep the lengths of holds after the clock has been set by so many milliseconds."""
    db.execute(QUERIES["shift"], (delta,))
