"""Operations on jobs: pause, end, move, mark, put back, delete, hold.

Owns the audit entries and the answers.  Does not own what is written (`ledger`).  The part of the
service (`service.JobService`) that changes jobs.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from msgspec.structs import replace

from meshvisor.features.jobs.model.job import (
    HoldKind,
    JobStatus,
    MarkedItem,
    MarkedJob,
    check_lane,
)
from meshvisor.features.jobs.supervisor import view
from meshvisor.features.jobs.supervisor.database import JobDatabase
from meshvisor.features.jobs.supervisor.ledger import (
    by_hand,
    claims,
    durations,
    errors,
    events,
    holds,
    housekeeping,
    reading,
)
from meshvisor.features.jobs.supervisor.ledger.job import Job, Millis, UnknownJobError, find
from meshvisor.features.jobs.supervisor.ledger.operations import (
    GO_ON,
    OPERATIONS,
    Operation,
    Outcome,
    pause,
    record,
    without_action,
)
from meshvisor.features.jobs.supervisor.transaction import Transaction
from meshvisor.features.jobs.wordings import IS_PAST
from meshvisor.shared.errors import MeshvisorError, UsageError
from meshvisor.shared.events import log
from meshvisor.shared.late import late
from meshvisor.supervisor.audit.log import Actor, AuditLog

if TYPE_CHECKING:
    from meshvisor.features.jobs import results
else:
    results = late("meshvisor.features.jobs.results")

DELETED: Final = Millis(1)
"""Jobs that are deleted have ended before this moment."""


class Decisions:
    """Carries out operations for an actor."""

    def __init__(self, database: JobDatabase, audit: AuditLog) -> None:
        self._database = database
        self._audit = audit

    async def pause(
        self, job_ids: Sequence[int], actor: Actor, until: datetime | None = None
    ) -> results.JobOutcomes:
        """Pause jobs until they are resumed, or until a moment.

        Raises:
            UsageError: the moment is over.
        """
        return await self._decide("pause", job_ids, self.pausing(until), actor)

    async def resume(self, job_ids: Sequence[int], actor: Actor) -> results.JobOutcomes:
        """Let jobs go on."""
        return await self._decide("resume", job_ids, OPERATIONS["resume"], actor)

    async def cancel(self, job_ids: Sequence[int], actor: Actor) -> results.JobOutcomes:
        """End jobs for good."""
        return await self._decide("cancel", job_ids, OPERATIONS["cancel"], actor)

    async def retry(self, job_ids: Sequence[int], actor: Actor) -> results.JobOutcomes:
        """Queue finished jobs anew."""
        return await self._decide("retry", job_ids, OPERATIONS["retry"], actor)

    async def recover(
        self, decision: Literal["resume", "cancel"], actor: Actor
    ) -> results.JobOutcomes:
        """Decide about all interrupted jobs."""
        jobs = await self._database.read(reading.list_interrupted)
        return await self._decide(decision, [job.id for job in jobs], OPERATIONS[decision], actor)

    async def retry_items(
        self, job_id: int, keys: Sequence[str], actor: Actor, *, more: bool = False
    ) -> results.JobOutcomes:
        """Make items of a job pending again, and queue it anew where it has ended.

        Args:
            job_id: of the job.
            keys: which items.
            actor: who wants it.
            more: whether further items of the job follow: it is queued with the last of them.
        """
        work = partial(by_hand.retry_items, keys=keys, more=more)
        return await self._decide("retry_items", (job_id,), work, actor)

    async def move(
        self, job_ids: Sequence[int], priority: int | None, lane: str | None, actor: Actor
    ) -> results.JobOutcomes:
        """Give jobs that wait another priority or lane; None: as it is.

        Raises:
            UsageError: neither is said.
        """
        if priority is None and lane is None:
            raise UsageError("name another priority, another lane, or both")
        work = partial(by_hand.move, priority=priority, lane=lane)
        return await self._decide("move", job_ids, work, actor)

    async def mark(
        self,
        job_ids: Sequence[int],
        status: MarkedJob,
        reason: str | None,
        actor: Actor,
    ) -> results.JobOutcomes:
        """Say by hand how jobs have ended."""
        work = partial(by_hand.mark, status=status, reason=reason)
        return await self._decide("mark", job_ids, work, actor)

    async def mark_items(
        self,
        job_id: int,
        keys: Sequence[str],
        state: MarkedItem,
        reason: str | None,
        actor: Actor,
    ) -> results.JobOutcomes:
        """Say by hand what became of items of a job."""
        work = partial(by_hand.mark_items, keys=keys, state=state, reason=reason)
        return await self._decide("mark_items", (job_id,), work, actor)

    async def hold(
        self, kind: HoldKind, name: str, until: datetime | None, actor: Actor
    ) -> results.HoldList:
        """Keep a lane, a rate key or everything from beginning.

        Args:
            kind: which of these.
            name: of the lane or rate key; empty: everything.
            until: when it ends by itself; None: with `release`.
            actor: who wants it.

        Raises:
            UsageError: the name cannot be, or the moment is over.
        """
        _check_hold(kind, name)
        moment = self._later(until)
        by = str(actor)

        def work(db: sqlite3.Connection, transaction: Transaction) -> str:
            before = holds.state_of(db, kind, name)
            holds.set_hold(db, kind, name, now=transaction.now, until=moment, by=by)
            events.hold_set(db, kind, name, moment, actor.id, transaction.now)
            transaction.held()
            return f"{before} -> {holds.state_of(db, kind, name)}"

        detail = await self._database.do(work)
        await self._audit.add(actor, "jobs.hold", events.describe(kind, name), detail=detail)
        return await self.holds()

    async def release(self, kind: HoldKind, name: str, actor: Actor) -> results.HoldList:
        """End a hold.

        Raises:
            UsageError: the name cannot be.
        """
        _check_hold(kind, name)

        def work(db: sqlite3.Connection, transaction: Transaction) -> tuple[str, bool]:
            before = holds.state_of(db, kind, name)
            transaction.held()
            for lane in claims.lanes_with_work(db):
                transaction.woken(lane)
            is_ended = holds.end_hold(db, kind, name)
            if is_ended:
                events.hold_ended(db, kind, name, actor.id, transaction.now)
            return before, is_ended

        before, changed = await self._database.do(work)
        outcome, detail = ("done", f"{before} -> free") if changed else ("it was not on hold", "")
        subject = events.describe(kind, name)
        await self._audit.add(actor, "jobs.release", subject, outcome=outcome, detail=detail)
        return (await self.holds()).model_copy(update={"changed": changed})

    async def holds(self) -> results.HoldList:
        """Return what is on hold."""
        found = await self._database.read(holds.read_holds)
        return results.HoldList(holds=tuple(map(view.hold, found.all)))

    async def delete(
        self, job_ids: Sequence[int], force: bool, actor: Actor
    ) -> results.JobOutcomes:
        """Delete jobs with their items and history.

        Args:
            job_ids: which ones.
            force: whether one that runs is cancelled first.
            actor: who wants it.
        """
        work = partial(by_hand.delete, force=force)
        outcomes = await self._decide("delete", job_ids, work, actor)
        await self.forget_deleted()
        return outcomes

    async def cleanup(self, older_than: float | None, actor: Actor) -> results.CleanUpReport:
        """Forget jobs that ended long ago.

        Args:
            older_than: seconds since their end; None: as the settings say.
            actor: who wants it.
        """
        age = older_than
        if age is None:
            age = self._database.cleanup_after or None  # 0 means that all are kept for ever
        removed = 0 if age is None else await self.forget(age)
        await self._audit.add(actor, "jobs.cleanup", f"{removed} jobs")
        return results.CleanUpReport(removed=removed)

    async def forget(self, age: float) -> int:
        """Forget jobs that ended at least so many seconds ago; return how many."""
        await self.forget_deleted()
        await self.count()
        return await self._forget(Millis(self._database.now() - round(age * 1000) + 1))

    async def forget_deleted(self) -> None:
        """Remove what is left of deleted jobs."""
        await self._forget(DELETED)

    async def count(self) -> None:
        """Count the jobs that have ended since the last time."""
        while await self._database.do(lambda db, transaction: durations.count(db, transaction.now)):
            pass

    async def forget_records(self) -> None:
        """Remove what was kept long enough of jobs that are gone."""

        def work(db: sqlite3.Connection, transaction: Transaction) -> None:
            durations.forget_old(db, transaction.now)
            errors.forget_old(db, transaction.now)

        await self._database.do(work)

    async def note(
        self, actor: Actor, action: str, job: Job, *, on_behalf_of: str | None = None
    ) -> None:
        """Record in the audit log what an actor has done with a job, and on whose behalf."""
        detail = job.action
        if on_behalf_of is not None:
            detail = f"{detail}, on behalf of {on_behalf_of}"
            await self._database.do(partial(_record_for, job.id, str(actor)))
        await self._audit.add(actor, action, str(job.id), detail=detail)

    async def apply(self, kind: str, job_id: int, decision: Operation, actor: Actor) -> Outcome:
        """Apply an operation to one job, and record it in the audit log.

        Args:
            kind: what it is called in the audit log and in the job's history.
            job_id: which one.
            decision: writes it.
            actor: who wants it.

        Raises:
            UsageError: there is no such job, or it cannot be.
        """
        outcome = await self._database.do(partial(carry_out, kind, decision, job_id, actor))
        result = "done" if outcome.ok else outcome.text
        detail = f"{outcome.before} -> {outcome.after}" if outcome.changed else ""
        await self._audit.add(actor, f"jobs.{kind}", str(job_id), outcome=result, detail=detail)
        if kind in GO_ON and self._database.actions.find(outcome.job.action) is None:
            return without_action(outcome)
        return outcome

    def now(self) -> datetime:
        """Return the present moment."""
        return datetime.fromtimestamp(self._database.now() / 1000, UTC)

    def pausing(self, until: datetime | None) -> Operation:
        """Return what pauses a job until a moment; None: until it is resumed.

        Raises:
            UsageError: the moment is over.
        """
        return partial(pause, until=self._later(until))

    # ---- Private -------------------------------------------------------------------------------

    def _later(self, until: datetime | None) -> Millis | None:
        if until is None:
            return None
        moment = Millis(round(until.timestamp() * 1000))
        if moment <= self._database.now():
            raise UsageError(IS_PAST.said(until=until.isoformat()))
        return moment

    async def _decide(
        self, kind: str, job_ids: Sequence[int], decision: Operation, actor: Actor
    ) -> results.JobOutcomes:
        outcomes = []
        for job_id in dict.fromkeys(job_ids):
            try:
                outcome = await self.apply(kind, job_id, decision, actor)
            except UsageError as error:
                status = None if isinstance(error, UnknownJobError) else await self._status(job_id)
                outcomes.append(_refused(job_id, status, error))
            else:
                job = outcome.job
                text = f"Job {job.id} {outcome.with_hint}"
                outcomes.append(
                    results.JobOutcome(job_id=job.id, status=job.status, text=text, ok=outcome.ok)
                )
        return results.JobOutcomes(jobs=tuple(outcomes))

    async def _status(self, job_id: int) -> JobStatus:
        return (await self._database.read(lambda db: find(db, job_id))).status

    async def _forget(self, before: Millis) -> int:
        removed, more = 0, True
        while more:
            count, more = await self._database.do(
                lambda db, _transaction: housekeeping.clean_up(db, before)
            )
            removed += count
        return removed


_IN_WORDS: Final = {"mark_items": "mark of items", "retry_items": "retry of items"}
"""What is asked for, where the name that the audit log has for it is none for a sentence."""


def carry_out(
    kind: str,
    decision: Operation,
    job_id: int,
    actor: Actor,
    db: sqlite3.Connection,
    transaction: Transaction,
) -> Outcome:
    """Carry out an operation in a transaction, and record it in the job's history.

    Raises:
        UnknownJobError: there is no such job.
    """
    before, last = by_hand.described(find(db, job_id)), log.last(db)
    outcome = decision(db, job_id, transaction.now)
    if outcome.changed:
        change = f"{outcome.before} -> {outcome.after}" if outcome.before else ""
        record(db, outcome.job, _IN_WORDS.get(kind, kind), str(actor), transaction.now, change)
        transaction.changed(outcome.job)
    if outcome.lifted:
        for lane in claims.lanes_with_work(db):
            transaction.woken(lane)
    after = outcome.after or by_hand.described(outcome.job)
    outcome = replace(outcome, before=outcome.before or before, after=after)
    if outcome.changed:
        data = {"request": kind, "before": outcome.before, "after": outcome.after}
        events.requested(db, outcome.job, actor.id, transaction.now, data)
        # What it has brought about at once was appended by a trigger, which knows no actor.
        log.name_actor(db, last, str(job_id), "job.*", actor.id)
    return outcome


# Private


def _record_for(job_id: int, who: str, db: sqlite3.Connection, transaction: Transaction) -> None:
    job = find(db, job_id)
    record(db, job, f"submitted on behalf of {job.created_by}", who, transaction.now)


def _check_hold(kind: HoldKind, name: str) -> None:
    if (kind == "all") != (not name):
        raise UsageError("name a lane or a rate key to hold, or everything without a name")
    if kind == "lane":
        try:
            check_lane(name)
        except ValueError as error:
            raise UsageError(str(error)) from None


def _refused(job_id: int, status: JobStatus | None, error: MeshvisorError) -> results.JobOutcome:
    text = str(error)
    text = f"{text[:1].upper()}{text[1:]}."
    return results.JobOutcome(job_id=job_id, status=status, text=text, ok=False)
