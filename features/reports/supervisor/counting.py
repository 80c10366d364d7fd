"""Counting what happens, day by day: functions on a connection.

Owns the figures of days.  Called by a subscriber of the event log in the transaction of its cursor,
so that each event counts once, whatever is killed when.

How long a mesh was in a state is counted when the state ends.  A supervisor that was killed has not
said how its meshes ended; the next one begins with `waiting`, which does not follow from what was
known.  What lies between is counted as connected up to the last event that was seen, and not at all
from then on.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from meshvisor.features.reports.model.days import begin_of, by_day, day_of
from meshvisor.shared.events.event import Event
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.store.queries import load_queries

QUERIES: Final = load_queries(Path(__file__).with_name("queries.sql"))

JOB_ENDS: Final = ("job.completed", "job.failed", "job.cancelled")

STATES: Final = tuple(f"mesh.{state}" for state in MeshState)


class Counter:
    """Counts events into the figures of days.

    Args:
        db: inside a transaction.
        zone: in which days are meant.
    """

    def __init__(self, db: sqlite3.Connection, zone: ZoneInfo) -> None:
        self._db = db
        self._zone = zone
        row = db.execute(QUERIES["seen"]).fetchone()
        self._seen: int | None = None if row is None else row[0]
        self._sums: dict[tuple[str, str, str, str], float] = {}
        self._day = ""
        """The day of the last event, which is usually that of the next one, too."""
        self._day_lasts = range(0)
        """From when to when it is: epoch milliseconds."""

    def take_in(self, events: Sequence[Event]) -> None:
        """Count events, oldest first."""
        for event in events:
            count = _COUNTS.get(event.kind)
            if count is not None:
                count(self, event, self._day_of(event.at))
            self._seen = max(event.at, self._seen or 0)
        if events:
            first = self._day_of(events[0].at)
            self._db.execute(QUERIES["see"], {"at": self._seen, "day": first})
        for (day_text, figure, mesh_id, name), value in self._sums.items():
            values = {"day": day_text, "figure": figure, "mesh_id": mesh_id, "name": name}
            self._db.execute(QUERIES["count"], {**values, "value": value})
        self._sums.clear()

    # ---- Private -----------------------------------------------------------------------------

    def _day_of(self, at: int) -> str:
        if at not in self._day_lasts:
            day = day_of(at, self._zone)
            end = begin_of(day + timedelta(days=1), self._zone)
            self._day, self._day_lasts = day.isoformat(), range(begin_of(day, self._zone), end)
        return self._day

    def _add(
        self, day: str, figure: str, value: float = 1, *, mesh: str | None = None, name: str = ""
    ) -> None:
        key = (day, figure, mesh or "", name)
        self._sums[key] = self._sums.get(key, 0) + value

    def _state(self, event: Event, day: str) -> None:
        mesh_id, state = event.subject or "", event.kind.partition(".")[2]
        row = self._db.execute(QUERIES["state"], (mesh_id,)).fetchone()
        if row is not None:
            before, since = row
            follows = event.content.get("before") == before
            until = event.at if follows else min(event.at, max(since, self._seen or since))
            self._span(mesh_id, before, since, until)
        self._db.execute(QUERIES["set_state"], (mesh_id, state, event.at))
        if state in {"restarting", "failed", "blocked"}:
            self._add(day, state, mesh=mesh_id)
        if state == "disconnected" and event.content.get("before") == "connected":
            self._add(day, "disconnects", mesh=mesh_id)

    def _span(self, mesh_id: str, state: str, since: int, until: int) -> None:
        for day, span in by_day(since, until, self._zone):
            self._add(day.isoformat(), "state_ms", span, mesh=mesh_id, name=state)

    def _usage(self, event: Event, day: str) -> None:
        commands: Mapping[str, Any] = event.content.get("commands") or {}
        for command, uses in commands.items():
            self._add(day, "commands", uses, mesh=event.mesh_id, name=command)

    def _job(self, event: Event, day: str) -> None:
        content, outcome = event.content, event.kind.partition(".")[2]
        action = str(content.get("action", ""))
        self._add(day, f"jobs_{outcome}", mesh=event.mesh_id, name=action)
        for items in ("done", "failed"):
            if content.get(items):
                self._add(day, f"items_{items}", content[items], name=action)
        started = content.get("started_at")
        if started is not None and outcome != "cancelled":
            self._add(day, "job_runs", name=action)
            self._add(day, "job_ms", max(0, event.at - started), name=action)

    def _user(self, event: Event, day: str) -> None:
        if event.kind == "message.received":
            self._add(day, "messages", mesh=event.mesh_id)
        if event.subject:
            self._db.execute(QUERIES["user"], (day, event.subject))


def first_day(db: sqlite3.Connection) -> str | None:
    """Return the first day of which anything is known; None: nothing is."""
    row = db.execute(QUERIES["first_day"]).fetchone()
    return None if row is None else str(row[0])


def count_outdated(db: sqlite3.Connection, day: date) -> int:
    """Return how many figures are of earlier days."""
    (count,) = db.execute(QUERIES["count_outdated"], (day.isoformat(),)).fetchone()
    return int(count)


def remove_outdated(db: sqlite3.Connection, day: date, limit: int) -> int:
    """Remove some of them; return how many."""
    values = (day.isoformat(), limit)
    removed = db.execute(QUERIES["remove_figures"], values).rowcount
    return removed or db.execute(QUERIES["remove_users"], values).rowcount


# Private

_Count = Callable[[Counter, Event, str], None]

_COUNTS: Final[Mapping[str, _Count]] = {
    **dict.fromkeys(STATES, Counter._state),  # noqa: SLF001 - its own
    "mesh.usage": Counter._usage,  # noqa: SLF001
    **dict.fromkeys(JOB_ENDS, Counter._job),  # noqa: SLF001
    "message.received": Counter._user,  # noqa: SLF001
    "user.joined": Counter._user,  # noqa: SLF001
}
