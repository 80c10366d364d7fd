"""Schedules as people and programs see them: results from a definition, rows and the moment.

Owns the fields.  Does not own the requests (`service`), nor the rows (`ledger`, `positions`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from meshvisor.features.jobs.model.job import NO_MESH
from meshvisor.features.jobs.supervisor.service import JobService
from meshvisor.features.schedules.model.cron import in_words, zone
from meshvisor.features.schedules.model.schedule import Schedule
from meshvisor.features.schedules.supervisor import ledger, positions
from meshvisor.features.schedules.supervisor.book import Book, Entry
from meshvisor.features.schedules.supervisor.runs import mark_of, run_of
from meshvisor.features.schedules.wordings import NO_MESH_YET
from meshvisor.shared.late import late
from meshvisor.shared.listed import listed

if TYPE_CHECKING:
    from meshvisor.features.schedules import results
else:
    results = late("meshvisor.features.schedules.results")

UPCOMING: Final = 5
"""Planned times that are shown of a schedule."""

FOREVER: Final = 2**62
"""Epoch milliseconds behind every fire."""


@dataclass(frozen=True, slots=True)
class Views:
    """What results are made from."""

    book: Book
    jobs: JobService
    meshes: Collection[str] | None
    """Those there are; None: unknown."""
    now: int
    """Epoch milliseconds."""

    def report(self, db: sqlite3.Connection, entry: Entry) -> results.ScheduleReport:
        """Return all about a schedule."""
        definition = entry.definition
        times: list[str] = []
        if entry.schedule is not None and entry.schedule.is_enabled:
            times = upcoming(entry.schedule, self._since(db, entry), UPCOMING)
        return results.ScheduleReport(
            **dict(self.info(db, entry)),
            definition=None if definition is None else definition.model_dump(mode="json"),
            upcoming=tuple(times),
        )

    def info(self, db: sqlite3.Connection, entry: Entry, runs: int = 0) -> results.ScheduleInfo:
        """Return a schedule as it is listed, with the marks of so many runs."""
        last = ledger.history(db, entry.name, FOREVER, max(1, runs))
        schedule, next_at = entry.schedule, None
        if schedule is not None:
            since = self._since(db, entry)
            planned = schedule.next_after(since) if schedule.is_enabled else None
            next_at = None if planned is None else iso(planned, schedule.timezone)
        return results.ScheduleInfo(
            name=entry.name,
            cron=(schedule.cron or None) if schedule is not None else None,
            after=schedule.after if schedule is not None else (),
            meaning=None if schedule is None else meaning_of(schedule),
            timezone=None if schedule is None else schedule.timezone,
            enabled=schedule is not None and schedule.is_enabled,
            source=entry.source,
            changed=entry.is_changed,
            action=None if schedule is None else schedule.action,
            mesh_id=None if schedule is None else schedule.mesh_id,
            problem=self._problem(db, entry) or None,
            next_at=next_at,
            last_run=run_of(last[0]) if last else None,
            last_runs=tuple(map(mark_of, last)) if runs else None,
        )

    def _since(self, db: sqlite3.Connection, entry: Entry) -> int:
        """Return the moment up to which nothing fires any more: after the clock was set back it is
        ahead.
        """
        return max(self.now, positions.settled_until(db, entry.name, self.now))

    def _problem(self, db: sqlite3.Connection, entry: Entry) -> str:
        """Return why a schedule cannot run; empty: it can."""
        schedule = entry.schedule
        if schedule is None:
            return entry.problem
        if never := positions.problem_of(db, self.book, entry):
            return never
        if problem := self.jobs.cannot_run(
            schedule.action, schedule.mesh_id, self.meshes, schedule.submission.get("data", {})
        ):
            return problem
        # Where none was seen yet any may be, unless the settings have none.
        if self.meshes is None and schedule.mesh_id != NO_MESH and not self.book.has_meshes:
            return NO_MESH_YET(mesh_id=schedule.mesh_id)
        return ""


def upcoming(schedule: Schedule, now: int, count: int) -> list[str]:
    """Return the next planned times in the zone of a schedule."""
    times: list[str] = []
    planned = schedule.next_after(now)
    while planned is not None and len(times) < count:
        times.append(iso(planned, schedule.timezone))
        planned = schedule.next_after(planned)
    return times


def iso(moment: int, timezone: str = "UTC") -> str:
    """Return epoch milliseconds as programs read them, in a zone."""
    found = datetime.fromtimestamp(moment / 1000, UTC).astimezone(zone(timezone))
    return found.isoformat(timespec="seconds" if moment % 1000 == 0 else "milliseconds")


def meaning_of(schedule: Schedule) -> str:
    """Return in English when a schedule runs."""
    if schedule.cron:
        return in_words(schedule.cron)
    return f"After {listed(schedule.after, len(schedule.after), between=' and ')}"
