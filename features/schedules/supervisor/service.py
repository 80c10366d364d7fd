"""The service of schedules: what the command line and the console may request.

Owns checking, the audit entries and the results, which are the JSON of `--json`.  Works with a
running supervisor and without; what fires is `timer`'s.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from meshvisor.features.jobs.model.job import NO_MESH
from meshvisor.features.jobs.supervisor.service import JobService
from meshvisor.features.jobs.supervisor.transaction import Transaction
from meshvisor.features.schedules import events as kinds
from meshvisor.features.schedules.model.cron import in_words, zone
from meshvisor.features.schedules.model.schedule import Schedule
from meshvisor.features.schedules.results import (
    ScheduleCleanup,
    ScheduleHistory,
    ScheduleInfo,
    ScheduleList,
    ScheduleMeaning,
    ScheduleRemoved,
    ScheduleReport,
    ScheduleStarted,
    ScheduleStats,
    ScheduleStopped,
    ScheduleTimes,
)
from meshvisor.features.schedules.supervisor import ledger, positions
from meshvisor.features.schedules.supervisor.book import Book, Entry, checked
from meshvisor.features.schedules.supervisor.rates import rates_of
from meshvisor.features.schedules.supervisor.runs import run_of
from meshvisor.features.schedules.supervisor.timer import (
    DAY,
    RECALLED_DAYS,
    job_of,
    remove_outdated,
)
from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import UnknownError, UsageError
from meshvisor.shared.listed import listed
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.audit.log import Actor, AuditLog, Done

UPCOMING: Final = 5
"""Planned times that are shown of a schedule."""

FOREVER: Final = 2**62
"""Epoch milliseconds behind every fire."""

MOST_LISTED: Final = 500
"""Schedules of a page: some tens of milliseconds in a reader's thread."""

MOST_NAMES: Final = 2_000
"""Schedules among which one is looked for that was probably meant."""


class ScheduleService:
    """Schedules, with a running supervisor or without.

    Args:
        jobs: whose transactions are used.
        audit: is told who has done what.
        clock: says when.
        settings: as they are; replaced on reload.
        changed: called after each change of which schedules there are.
    """

    def __init__(
        self,
        jobs: JobService,
        audit: AuditLog,
        clock: Clock,
        settings: Settings,
        changed: Callable[[], None],
    ) -> None:
        self._jobs = jobs
        self._audit = audit
        self._clock = clock
        self._book = Book(settings)
        self._changed = changed

    def configure(self, settings: Settings) -> None:
        """Take over new settings."""
        self._book = Book(settings)

    # ---- Looking -----------------------------------------------------------------------------

    async def list_schedules(self, after: str = "", limit: int = MOST_LISTED) -> ScheduleList:
        """Return schedules by name.

        Args:
            after: the last name of the page before; empty: the first page.
            limit: how many at most.
        """

        def work(db: sqlite3.Connection) -> ScheduleList:
            found = self._entries(db, after, limit + 1)
            schedules = tuple(self._info(db, entry) for entry in found[:limit])
            return ScheduleList(schedules=schedules, more=len(found) > limit)

        return await self._jobs.read(work)

    async def show(self, name: str) -> ScheduleReport:
        """Return all about one.

        Raises:
            UsageError: there is none.
        """
        return await self._jobs.read(lambda db: self._report(db, self._entry(db, name)))

    async def history(self, name: str, before: datetime | None, limit: int) -> ScheduleHistory:
        """Return what became of planned times, newest first; also of a schedule that is gone.

        Args:
            name: of the schedule.
            before: the last planned time of the page before; None: the first page.
            limit: how many at most.

        Raises:
            UsageError: there is none, and nothing is known of one.
        """
        until = FOREVER if before is None else round(before.timestamp() * 1000)

        def work(db: sqlite3.Connection) -> ScheduleHistory:
            rows = ledger.history(db, name, until, limit + 1)
            if not rows:
                self._entry(db, name)
            runs = tuple(map(run_of, rows[:limit]))
            return ScheduleHistory(name=name, runs=runs, more=len(rows) > limit)

        return await self._jobs.read(work)

    async def upcoming(self, name: str, count: int) -> ScheduleTimes:
        """Return the next planned times in the schedule's zone.

        Raises:
            UsageError: there is none, or it cannot be understood.
        """
        schedule = await self._understood(name)
        times = tuple(_upcoming(schedule, self._now(), count))
        return ScheduleTimes(
            name=name, timezone=schedule.timezone, upcoming=times, after=schedule.after
        )

    async def stats(self, days: float, name: str | None, after: str, limit: int) -> ScheduleStats:
        """Return how schedules have run.

        Args:
            days: planned times of so many days.
            name: of one; None: of all.
            after: of all, the last name of the page before; empty: the first page.
            limit: how many at most.

        Raises:
            UsageError: there is none of this name, and nothing is known of one.
        """
        since = self._now() - round(days * DAY)

        def work(db: sqlite3.Connection) -> ScheduleStats:
            if name is None:
                names = [one.name for one in self._entries(db, after, limit + 1)]
            else:
                names = [name]
            found = [(one, ledger.outcomes(db, one, since)) for one in names[:limit]]
            if name is not None and not found[0][1]:
                self._entry(db, name)
            rates = tuple(rates_of(one, rows) for one, rows in found)
            return ScheduleStats(days=days, schedules=rates, more=len(names) > limit)

        return await self._jobs.read(work)

    def check(self, definition: Mapping[str, Any]) -> ScheduleMeaning:
        """Return what a definition would mean; `name` and `action` may be missing.

        Raises:
            UsageError: it cannot be; one sentence.
        """
        given = checked({"name": "unnamed", "action": "unnamed", **definition})
        schedule = given.schedule(self._book.default_zone)
        return ScheduleMeaning(
            cron=schedule.cron,
            meaning=in_words(schedule.cron),
            timezone=schedule.timezone,
            upcoming=tuple(_upcoming(schedule, self._now(), UPCOMING)),
        )

    # ---- Changing ----------------------------------------------------------------------------

    async def add(self, definition: Mapping[str, Any], actor: Actor) -> ScheduleReport:
        """Make a schedule.

        Raises:
            UsageError: it cannot be, or there is one of this name.
        """
        given = checked(definition)

        def change(db: sqlite3.Connection) -> Mapping[str, Any]:
            if positions.entry_of(db, self._book, given.name) is not None:
                raise UsageError(
                    f"there is a schedule {given.name!r} already; change it with "
                    f"'meshvisor schedules edit {given.name}', or choose another name"
                )
            stored = given.model_dump(mode="json", exclude_unset=True)
            return {name: value for name, value in stored.items() if name != "name"}

        place = "" if given.mesh == NO_MESH else f" in {given.mesh}"
        when = given.cron or f"after {', '.join(given.after)}"
        detail = f"{when}: {given.action}{place}"
        return await self._change("add", given.name, change, actor, detail, strict=True)

    async def edit(
        self, name: str, changes: Mapping[str, Any], actor: Actor, kind: str = "edit"
    ) -> ScheduleReport:
        """Change settings of a schedule.

        Args:
            name: of the schedule.
            changes: new values; None: as the settings file says, or the default.
            actor: who wants it.
            kind: what it is called in the audit log.

        Raises:
            UsageError: there is none, or it cannot be so.
        """
        if not changes:
            raise UsageError("say what is to be changed, such as --cron '0 6 * * *'")

        def change(db: sqlite3.Connection) -> Mapping[str, Any]:
            self._entry(db, name)
            kept = ledger.definition(db, name)
            wanted = {key: value for key, value in {**kept, **changes}.items() if value is not None}
            entry = self._book.entry(name, wanted)
            if entry is None or entry.definition is None:
                raise UsageError(entry.problem if entry else f"nothing would be left of {name!r}")
            stored = entry.definition.model_dump(mode="json")
            return {key: stored[key] for key in wanted}

        detail = ", ".join(f"{key}: {value!r}" for key, value in changes.items())
        strict = bool(changes.get("after"))
        return await self._change(kind, name, change, actor, detail, strict=strict)

    async def enable(self, name: str, actor: Actor, *, enabled: bool) -> ScheduleReport:
        """Have a schedule fire, or not; runs that there are go on.

        Raises:
            UsageError: there is none.
        """
        kind = "enable" if enabled else "disable"
        return await self.edit(name, {"enabled": enabled}, actor, kind)

    async def remove(self, name: str, actor: Actor) -> ScheduleRemoved:
        """Remove a schedule, or what was changed of one in the settings; its history is kept.

        Raises:
            UsageError: there is none, or all of it is in the settings.
        """
        done = self._audit.done(actor, "schedules.remove", name, kinds.CHANGED, "removed")

        def work(db: sqlite3.Connection, transaction: Transaction) -> ScheduleRemoved:
            entry = self._entry(db, name)
            if entry.source != "run time" and not entry.is_changed:
                raise UsageError(_not_removable(entry))
            ledger.save_definition(db, name, {}, actor.id, transaction.now)
            positions.renew(db, self._book, name, self._now())
            done.write(db)
            return ScheduleRemoved(name=name, removed=entry.source == "run time")

        removed = await self._jobs.transact(work)
        await self._audit.keep(done, is_written=True)
        self._changed()
        return removed

    async def clean_up(
        self, older_than: float | None, name: str | None, actor: Actor
    ) -> ScheduleCleanup:
        """Remove what became of planned times; of what still runs or waits it is kept.

        Args:
            older_than: seconds; None: what the settings keep, 30 days where they keep all.
            name: of one schedule; None: of all.
            actor: who wants it.

        Raises:
            UsageError: there is none of this name, and nothing is known of one.
        """
        if name is not None:
            await self.history(name, None, 1)
        if older_than is None:
            older_than = (self._book.keep_days or RECALLED_DAYS) * DAY / 1000
        removed = await remove_outdated(self._jobs, self._now() - round(older_than * 1000), name)
        detail = f"{removed} older than {older_than / DAY * 1000:g} days"
        await self._audit.add(actor, "schedules.cleanup", name or "all", detail=detail)
        return ScheduleCleanup(removed=removed)

    # ---- Running -----------------------------------------------------------------------------

    async def start(
        self,
        name: str,
        actor: Actor,
        *,
        dry_run: bool = False,
        lane: str | None = None,
        kind: str = "start",
    ) -> ScheduleStarted:
        """Run a schedule now, also one that is disabled, and whatever else of it runs.

        Args:
            name: of the schedule.
            actor: who wants it.
            dry_run: whether its action is to say what it would do, and to do nothing.
            lane: where it runs; None: where its schedule says.
            kind: what it is called in the audit log.

        Raises:
            UsageError: there is none, or its job cannot be.
        """
        schedule = await self._understood(name)
        job = await job_of(self._jobs, schedule, dry_run=dry_run)
        if isinstance(job, str):
            raise UsageError(job)
        if lane is not None:
            job = replace(job, lane=lane)
        moment, job_id = await self._jobs.transact(
            lambda db, transaction: ledger.start_now(db, transaction, schedule, job, actor)
        )
        detail = f"job {job_id}{', a dry run' if dry_run else ''}"
        await self._audit.add(actor, f"schedules.{kind}", name, detail=detail)
        return ScheduleStarted(name=name, planned_at=_iso(moment), job_id=job_id)

    async def stop(self, name: str, actor: Actor) -> ScheduleStopped:
        """Cancel what runs of a schedule, and skip what waits; it fires again at its next time.

        Raises:
            UsageError: there is none.
        """
        schedule = await self._understood(name)
        why = f"stopped by {actor}"
        jobs, waited = await self._jobs.transact(
            lambda db, transaction: ledger.stop(db, transaction, schedule, actor, why)
        )
        detail = f"jobs cancelled: {', '.join(map(str, jobs)) or 'none'}"
        await self._audit.add(actor, "schedules.stop", name, detail=detail)
        return ScheduleStopped(name=name, cancelled=tuple(jobs), skipped=waited)

    async def restart(self, name: str, actor: Actor) -> ScheduleStarted:
        """Stop what runs of a schedule, and run it anew.

        Raises:
            UsageError: there is none, or its job cannot be.
        """
        await self.stop(name, actor)
        return await self.start(name, actor)

    # ---- Private -----------------------------------------------------------------------------

    async def _change(
        self,
        kind: str,
        name: str,
        change: Callable[[sqlite3.Connection], Mapping[str, Any]],
        actor: Actor,
        detail: str,
        *,
        strict: bool,
    ) -> ScheduleReport:
        done = self._audit.done(actor, f"schedules.{kind}", name, kinds.CHANGED, detail)
        await self._jobs.transact(partial(self._write, name, change, done, strict))
        await self._audit.keep(done, is_written=True)
        self._changed()
        return await self.show(name)

    def _write(
        self,
        name: str,
        change: Callable[[sqlite3.Connection], Mapping[str, Any]],
        done: Done,
        strict: bool,
        db: sqlite3.Connection,
        transaction: Transaction,
    ) -> None:
        """Write a change; one that is strict is refused where the schedule could never run."""
        ledger.save_definition(db, name, change(db), done.actor.id, transaction.now)
        entry = positions.renew(db, self._book, name, self._now())
        if (
            strict
            and entry is not None
            and (problem := positions.problem_of(db, self._book, entry))
        ):
            raise UsageError(f"the schedule {name!r}: {problem}")
        done.write(db)

    def _now(self) -> int:
        return round(self._clock.wall() * 1000)

    def _entries(self, db: sqlite3.Connection, after: str, limit: int) -> list[Entry]:
        """Return schedules behind a name, by name."""
        changes = ledger.definitions(db, after, limit)
        names = {name for name in self._book.names if name > after} | changes.keys()
        found = (self._book.entry(name, changes.get(name)) for name in sorted(names)[:limit])
        return [entry for entry in found if entry is not None]

    def _entry(self, db: sqlite3.Connection, name: str) -> Entry:
        entry = positions.entry_of(db, self._book, name)
        if entry is not None:
            return entry
        from meshvisor.shared.near_names import LOOSE, NEAREST, did_you_mean, near_names

        known = [*self._book.names, *ledger.definitions(db, "", MOST_NAMES)]
        hint = did_you_mean(near_names(name, known, NEAREST, LOOSE))
        hint = hint or "meshvisor schedules list shows those there are"
        raise UnknownError(f"there is no schedule {name[:64]!r}; {hint}")

    async def _understood(self, name: str) -> Schedule:
        entry = await self._jobs.read(lambda db: self._entry(db, name))
        if entry.schedule is None:
            raise UsageError(f"the schedule {name!r} cannot be understood: {entry.problem}")
        return entry.schedule

    def _report(self, db: sqlite3.Connection, entry: Entry) -> ScheduleReport:
        definition = entry.definition
        times: list[str] = []
        if entry.schedule is not None and entry.schedule.is_enabled:
            times = _upcoming(entry.schedule, self._now(), UPCOMING)
        return ScheduleReport(
            **dict(self._info(db, entry)),
            definition=None if definition is None else definition.model_dump(mode="json"),
            upcoming=tuple(times),
        )

    def _info(self, db: sqlite3.Connection, entry: Entry) -> ScheduleInfo:
        last = ledger.history(db, entry.name, FOREVER, 1)
        schedule, problem = entry.schedule, entry.problem
        next_at = None
        if schedule is not None:
            problem = positions.problem_of(db, self._book, entry)
            problem = problem or self._jobs.cannot_run(schedule.action, schedule.mesh_id)
            planned = schedule.next_after(self._now()) if schedule.is_enabled else None
            next_at = None if planned is None else _iso(planned, schedule.timezone)
        return ScheduleInfo(
            name=entry.name,
            cron=(schedule.cron or None) if schedule is not None else None,
            after=schedule.after if schedule is not None else (),
            meaning=None if schedule is None else _meaning(schedule),
            timezone=None if schedule is None else schedule.timezone,
            enabled=schedule is not None and schedule.is_enabled,
            source=entry.source,
            changed=entry.is_changed,
            action=None if schedule is None else schedule.action,
            mesh_id=None if schedule is None else schedule.mesh_id,
            problem=problem or None,
            next_at=next_at,
            last_run=run_of(last[0]) if last else None,
        )


# Private


def _not_removable(entry: Entry) -> str:
    instead = f"meshvisor schedules disable {entry.name}"
    if entry.source == "built in":
        return f"the schedule {entry.name!r} comes with Meshvisor and cannot be removed; {instead}"
    return f"the schedule {entry.name!r} is in the settings file; take it out there, or: {instead}"


def _meaning(schedule: Schedule) -> str:
    if schedule.cron:
        return in_words(schedule.cron)
    return f"After {listed(schedule.after, len(schedule.after), between=' and ')}"


def _upcoming(schedule: Schedule, now: int, count: int) -> list[str]:
    times: list[str] = []
    planned = schedule.next_after(now)
    while planned is not None and len(times) < count:
        times.append(_iso(planned, schedule.timezone))
        planned = schedule.next_after(planned)
    return times


def _iso(moment: int, timezone: str = "UTC") -> str:
    found = datetime.fromtimestamp(moment / 1000, UTC).astimezone(zone(timezone))
    return found.isoformat(timespec="seconds" if moment % 1000 == 0 else "milliseconds")
