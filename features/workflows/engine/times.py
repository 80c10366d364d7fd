"""The next time of each trigger of time, kept so that none is lost or comes twice.

Owns the rows and what is known of them.  Does not own what begins then (`core`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from meshvisor.features.schedules.model.cron import next_after
from meshvisor.features.workflows.engine.database import QUERIES
from meshvisor.features.workflows.model.program import Program, Trigger
from meshvisor.features.workflows.model.triggers import OF_TIME

LATEST: Final = 3_600_000
"""Milliseconds by which a planned time may be late and is made up for."""


class Due(NamedTuple):
    """A time that has come."""

    workflow_id: int
    trigger: int
    """Its index."""
    planned: int
    """Epoch milliseconds."""


class Times:
    """Those of a home.

    Args:
        db: the engine's database, inside a transaction whenever something is called.
        now: returns epoch milliseconds.
    """

    def __init__(self, db: sqlite3.Connection, now: Callable[[], int]) -> None:
        self._db = db
        self._now = now
        self._known: dict[tuple[int, int], tuple[str, int]] = {}
        """By workflow and index of the trigger: what it says, and its next time."""

    def load(self) -> None:
        """Read what is kept."""
        self._known = {
            (workflow, number): (timing, at)
            for workflow, number, timing, at in self._db.execute(QUERIES["times"])
        }

    def plan(self, programs: Iterable[Program]) -> None:
        """Keep the next time of each trigger of time of these, and of no other one."""
        wanted = {
            (program.id, trigger.index): _timing(trigger)
            for program in programs
            for trigger in program.triggers
            if trigger.type == OF_TIME
        }
        for place in [one for one in self._known if one not in wanted]:
            self._set(place, "", None)
        for place, timing in wanted.items():
            if self._known.get(place, ("", 0))[0] != timing:
                self._set_next(place, timing)

    def come(self) -> Iterator[Due]:
        """Yield those that have come, and plan the next ones; what is hours late is passed over: it
        would say good morning at night.
        """
        now = self._now()
        for place, (timing, planned) in list(self._known.items()):
            if planned <= now:
                self._set_next(place, timing)
                if now - planned <= LATEST:
                    yield Due(*place, planned)

    def next_due(self) -> int | None:
        """Return the first moment of all; None: there is none."""
        return min((at for _, at in self._known.values()), default=None)

    def _set_next(self, place: tuple[int, int], timing: str) -> None:
        cron, _, zone = timing.rpartition(" ")
        self._set(place, timing, next_after(cron, zone, self._now()))

    def _set(self, place: tuple[int, int], timing: str, at: int | None) -> None:
        if at is None:
            self._known.pop(place, None)
            self._db.execute(QUERIES["remove_time"], place)
            return
        self._known[place] = (timing, at)
        self._db.execute(QUERIES["set_time"], (*place, timing, at))


def _timing(trigger: Trigger) -> str:
    return f"{trigger.config['cron']} {trigger.config.get('timezone') or 'UTC'}"
