"""The service of schedules: what the command line and the console may request.

Owns checking, the audit entries and the results, which are the JSON of `--json`.  Works with a
running supervisor and without; what fires is `timer`'s.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace

from meshvisor.features.jobs.model.job import NO_MESH
from meshvisor.features.jobs.supervisor.service import JobService
from meshvisor.features.jobs.supervisor.transaction import Transaction
from meshvisor.features.schedules import events as kinds
from meshvisor.features.schedules.model.schedule import Schedule
from meshvisor.features.schedules.settings import ScheduleSettings
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
from meshvisor.features.schedules.supervisor.views import (
    FOREVER,
    UPCOMING,
    Views,
    iso,
    meaning_of,
    upcoming,
)
from meshvisor.features.schedules.wordings import (
    BUILT_IN,
    IN_SETTINGS,
    IS_THERE,
    NO_SCHEDULE,
    NOT_UNDERSTOOD,
)
from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import ConflictError, UnknownError, UsageError
from meshvisor.shared.late import late
from meshvisor.shared.model.duration import in_words
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.audit.log import Actor, AuditLog, Done

if TYPE_CHECKING:
    from meshvisor.features.schedules import results
else:
    results = late("meshvisor.features.schedules.results")

MOST_LISTED: Final = 500
"""Schedules of a page: some tens of milliseconds in a reader's thread."""


CHANGEABLE: Final = frozenset(ScheduleSettings.model_fields) - {"name"}
"""Settings of a schedule that may become other ones."""


class ScheduleService:
    """Schedules, with a running supervisor or without.

    Args:
        jobs: whose transactions are used.
        audit: gets an entry for each change and start.
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

    async def list_schedules(
        self, after: str = "", limit: int = MOST_LISTED, runs: int = 0
    ) -> results.ScheduleList:
        """Return schedules by name.

        Args:
            after: the last name of the page before; empty: the first page.
            limit: how many at most.
            runs: how many of the last runs of each are returned, too.
        """
        views = await self._views()

        def work(db: sqlite3.Connection) -> results.ScheduleList:
            found = self._entries(db, after, limit + 1)
            schedules = tuple(views.info(db, entry, runs) for entry in found[:limit])
            return results.ScheduleList(schedules=schedules, more=len(found) > limit)

        return await self._jobs.read(work)

    async def show(self, name: str) -> results.ScheduleReport:
        """Return all about one.

        Raises:
            UsageError: there is none.
        """
        views = await self._views()
        return await self._jobs.read(lambda db: views.report(db, self._entry(db, name)))

    async def history(
        self, name: str, before: datetime | None, limit: int
    ) -> results.ScheduleHistory:
        """Return what became of planned times, newest first; also of a schedule that is gone.

        Args:
            name: of the schedule.
            before: the last planned time of the page before; None: the first page.
            limit: how many at most.

        Raises:
            UsageError: there is none, and nothing is known of one.
        """
        until = FOREVER if before is None else round(before.timestamp() * 1000)

        def work(db: sqlite3.Connection) -> results.ScheduleHistory:
            rows = ledger.history(db, name, until, limit + 1)
            if not rows:
                self._entry(db, name)
            runs = tuple(map(run_of, rows[:limit]))
            return results.ScheduleHistory(name=name, runs=runs, more=len(rows) > limit)

        return await self._jobs.read(work)

    async def upcoming(self, name: str, count: int) -> results.ScheduleTimes:
        """Return the next planned times in the schedule's zone.

        Raises:
            UsageError: there is none, or it cannot be understood.
        """
        schedule = await self._understood(name)
        now = self._now()
        settled = await self._jobs.read(lambda db: positions.settled_until(db, name, now))
        times = tuple(upcoming(schedule, max(now, settled), count))
        return results.ScheduleTimes(
            name=name, timezone=schedule.timezone, upcoming=times, after=schedule.after
        )

    async def stats(
        self, days: float, name: str | None, after: str, limit: int
    ) -> results.ScheduleStats:
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

        def work(db: sqlite3.Connection) -> results.ScheduleStats:
            if name is None:
                names = [one.name for one in self._entries(db, after, limit + 1)]
            else:
                names = [name]
            found = [(one, ledger.outcomes(db, one, since)) for one in names[:limit]]
            if name is not None and not found[0][1]:
                self._entry(db, name)
            rates = tuple(rates_of(one, rows) for one, rows in found)
            return results.ScheduleStats(days=days, schedules=rates, more=len(names) > limit)

        return await self._jobs.read(work)

    def check(self, definition: Mapping[str, Any]) -> results.ScheduleMeaning:
        """Return what a definition would mean; `name` and `action` may be missing.

        Raises:
            UsageError: it cannot be; one sentence.
        """
        given = checked({"name": "unnamed", "action": "unnamed", **definition})
        schedule = given.schedule(self._book.default_zone)
        return results.ScheduleMeaning(
            cron=schedule.cron,
            meaning=meaning_of(schedule),
            timezone=schedule.timezone,
            upcoming=tuple(upcoming(schedule, self._now(), UPCOMING)),
        )

    # ---- Changing ----------------------------------------------------------------------------

    async def add(self, definition: Mapping[str, Any], actor: Actor) -> results.ScheduleReport:
        """Make a schedule.

        Raises:
            UsageError: it cannot be, or there is one of this name.
        """
        given = checked(definition)

        def change(db: sqlite3.Connection) -> _Change:
            if positions.entry_of(db, self._book, given.name) is not None:
                raise ConflictError(IS_THERE.said(name=given.name))
            stored = given.model_dump(mode="json", exclude_unset=True)
            kept = {name: value for name, value in stored.items() if name != "name"}
            place = "" if given.mesh == NO_MESH else f" in {given.mesh}"
            when = given.cron or f"after {', '.join(given.after)}"
            return _Change(kept, f"{when}: {given.action}{place}")

        return await self._change("add", given.name, change, actor, strict=True)

    async def edit(
        self, name: str, changes: Mapping[str, Any], actor: Actor, kind: str = "edit"
    ) -> results.ScheduleReport:
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
        if unknown := changes.keys() - CHANGEABLE:
            raise UsageError(
                f"{min(unknown)!r} is no setting that can be changed; those are "
                f"{', '.join(sorted(CHANGEABLE))}"
            )

        def change(db: sqlite3.Connection) -> _Change:
            before = self._entry(db, name).definition
            kept = ledger.definition(db, name)
            if name in self._book.names:
                # Of the settings' time nothing is left of the other kind of time, either.
                for one, other in (("cron", "after"), ("after", "cron")):
                    if one in changes and changes[one] is None and other not in changes:
                        kept.pop(other, None)
            wanted = {key: value for key, value in {**kept, **changes}.items() if value is not None}
            entry = self._book.entry(name, wanted)
            if entry is None or entry.definition is None:
                raise UsageError(entry.problem if entry else f"nothing would be left of {name!r}")
            stored = entry.definition.model_dump(mode="json")
            known = {} if before is None else before.model_dump(mode="json")
            return _Change({key: stored[key] for key in wanted}, _differences(known, stored))

        return await self._change(kind, name, change, actor, strict=bool(changes.get("after")))

    async def enable(self, name: str, actor: Actor, *, enabled: bool) -> results.ScheduleReport:
        """Have a schedule fire, or not; runs that there are go on.

        Raises:
            UsageError: there is none.
        """
        kind = "enable" if enabled else "disable"
        return await self.edit(name, {"enabled": enabled}, actor, kind)

    async def remove(self, name: str, actor: Actor) -> results.ScheduleRemoved:
        """Remove a schedule, or what was changed of one in the settings; its history is kept.

        Raises:
            UsageError: there is none, or all of it is in the settings.
        """
        done = self._audit.done(actor, "schedules.remove", name, kinds.CHANGED, "removed")

        def work(db: sqlite3.Connection, transaction: Transaction) -> results.ScheduleRemoved:
            entry = self._entry(db, name)
            if entry.source != "run time" and not entry.is_changed:
                raise UsageError(_not_removable(entry))
            is_gone = entry.source == "run time"
            followers = positions.followers(db, name) if is_gone else ()
            ledger.save_definition(db, name, {}, actor.id, transaction.now)
            positions.renew(db, self._book, name, self._now())
            done.write(db)
            return results.ScheduleRemoved(name=name, removed=is_gone, followers=followers)

        removed = await self._jobs.transact(work)
        await self._audit.keep(done, is_written=True)
        self._changed()
        return removed

    async def clean_up(
        self, older_than: float | None, name: str | None, actor: Actor
    ) -> results.ScheduleCleanup:
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
        detail = f"{removed} older than {in_words(older_than)}"
        await self._audit.add(actor, "schedules.cleanup", name or "all", detail=detail)
        return results.ScheduleCleanup(removed=removed)

    # ---- Running -----------------------------------------------------------------------------

    async def start(
        self,
        name: str,
        actor: Actor,
        *,
        dry_run: bool = False,
        lane: str | None = None,
        kind: str = "start",
    ) -> results.ScheduleStarted:
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
        return results.ScheduleStarted(name=name, planned_at=iso(moment), job_id=job_id)

    async def stop(self, name: str, actor: Actor) -> results.ScheduleStopped:
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
        return results.ScheduleStopped(name=name, cancelled=tuple(jobs), skipped=waited)

    async def restart(self, name: str, actor: Actor) -> results.ScheduleStarted:
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
        change: Callable[[sqlite3.Connection], _Change],
        actor: Actor,
        *,
        strict: bool,
    ) -> results.ScheduleReport:
        done = partial(self._audit.done, actor, f"schedules.{kind}", name, kinds.CHANGED)
        written = await self._jobs.transact(partial(self._write, name, change, done, strict))
        await self._audit.keep(written, is_written=True)
        self._changed()
        return await self.show(name)

    def _write(
        self,
        name: str,
        change: Callable[[sqlite3.Connection], _Change],
        done_with: Callable[[str], Done],
        strict: bool,
        db: sqlite3.Connection,
        transaction: Transaction,
    ) -> Done:
        """Write a change; one that is strict is refused where the schedule could never run."""
        changed = change(db)
        done = done_with(changed.detail)
        ledger.save_definition(db, name, changed.definition, done.actor.id, transaction.now)
        entry = positions.renew(db, self._book, name, self._now())
        if (
            strict
            and entry is not None
            and (problem := positions.problem_of(db, self._book, entry))
        ):
            raise UsageError(f"the schedule {name!r}: {problem}")
        done.write(db)
        return done

    async def _views(self) -> Views:
        return Views(self._book, self._jobs, await self._jobs.meshes(), self._now())

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
        hint = positions.hint_for(db, self._book, name)
        raise UnknownError(NO_SCHEDULE.said(name=name[:64], hint=hint))

    async def _understood(self, name: str) -> Schedule:
        entry = await self._jobs.read(lambda db: self._entry(db, name))
        if entry.schedule is None:
            raise UsageError(NOT_UNDERSTOOD.said(name=name, problem=entry.problem))
        return entry.schedule


# Private


class _Change(msgspec.Struct, frozen=True):
    """What is kept of a schedule from now on."""

    definition: Mapping[str, Any]
    """What was made or changed at run time."""
    detail: str
    """What has become different, in words."""


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    changed = [name for name, value in after.items() if before.get(name) != value]
    text = ", ".join(f"{name}: {after[name]!r}, was {before.get(name)!r}" for name in changed)
    return text or "all is as it was"


def _not_removable(entry: Entry) -> str:
    return (BUILT_IN if entry.source == "built in" else IN_SETTINGS)(name=entry.name)
