"""What people decide about jobs that there are: pause, end, move, mark, put back, delete, hold.

Owns the audit entries and the answers.  Does not own what is written (`ledger`).  The part of the
desk (`desk.JobDesk`) that changes something.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final, Literal

from shared.control.job_results import CleanUpReport, JobOutcome, JobOutcomes
from shared.errors import MeshvisorError, UsageError
from shared.model.job import JobStatus
from supervisor.audit.log import Actor, AuditLog
from supervisor.jobs.database import Access
from supervisor.jobs.ledger import by_hand, housekeeping, reading, turns
from supervisor.jobs.ledger.job import Job, Millis, UnknownJobError, find
from supervisor.jobs.ledger.wishes import WISHES, Granted, Wish, pause, sign
from supervisor.jobs.turn import Turn

DELETED: Final = Millis(1)
"""Jobs that are deleted have ended before this moment."""


class Decisions:
    """Changes jobs for somebody."""

    def __init__(self, access: Access, audit: AuditLog) -> None:
        self._access = access
        self._audit = audit

    async def pause(
        self, job_ids: Sequence[int], actor: Actor, until: datetime | None = None
    ) -> JobOutcomes:
        """Pause jobs until somebody resumes them, or until a moment.

        Raises:
            UsageError: the moment is over.
        """
        return await self._decide("pause", job_ids, self.pausing(until), actor)

    async def resume(self, job_ids: Sequence[int], actor: Actor) -> JobOutcomes:
        """Let jobs go on."""
        return await self._decide("resume", job_ids, WISHES["resume"], actor)

    async def cancel(self, job_ids: Sequence[int], actor: Actor) -> JobOutcomes:
        """End jobs for good."""
        return await self._decide("cancel", job_ids, WISHES["cancel"], actor)

    async def retry(self, job_ids: Sequence[int], actor: Actor) -> JobOutcomes:
        """Queue finished jobs anew."""
        return await self._decide("retry", job_ids, WISHES["retry"], actor)

    async def recover(self, decision: Literal["resume", "cancel"], actor: Actor) -> JobOutcomes:
        """Decide about all interrupted jobs."""
        jobs = await self._access.read(reading.list_interrupted)
        return await self._decide(decision, [job.id for job in jobs], WISHES[decision], actor)

    async def delete(self, job_ids: Sequence[int], force: bool, actor: Actor) -> JobOutcomes:
        """Forget jobs with all that is known of them.

        Args:
            job_ids: which ones.
            force: whether one that runs is cancelled first.
            actor: who wants it.
        """
        work = partial(by_hand.delete, force=force)
        outcomes = await self._decide("delete", job_ids, work, actor)
        await self.forget_deleted()
        return outcomes

    async def cleanup(self, older_than: float | None, actor: Actor) -> CleanUpReport:
        """Forget jobs that ended long ago.

        Args:
            older_than: seconds since their end; None: as the settings say.
            actor: who wants it.
        """
        age = older_than
        if age is None:
            age = self._access.cleanup_after or None  # 0 means that all are kept for ever
        removed = 0 if age is None else await self.forget(age)
        await self._audit.add(actor, "jobs.cleanup", f"{removed} jobs")
        return CleanUpReport(removed=removed)

    async def forget(self, age: float) -> int:
        """Forget jobs that ended at least so many seconds ago; return how many."""
        await self.forget_deleted()
        return await self._forget(Millis(self._access.now() - round(age * 1000) + 1))

    async def forget_deleted(self) -> None:
        """Remove what is left of jobs that somebody has deleted."""
        await self._forget(DELETED)

    async def note(self, actor: Actor, action: str, job: Job) -> None:
        """Keep in the audit log what somebody has done with a job."""
        await self._audit.add(actor, action, str(job.id), detail=job.action)

    async def grant(self, kind: str, job_id: int, decision: Wish, actor: Actor) -> Granted:
        """Do what somebody wants of one job.

        Args:
            kind: what it is called in the audit log and in the job's history.
            job_id: which one.
            decision: writes it.
            actor: who wants it.

        Raises:
            UsageError: there is no such job, or it cannot be.
        """
        granted = await self._access.do(partial(_carry_out, kind, decision, job_id, str(actor)))
        outcome = "done" if granted.ok else granted.text
        detail = f"{granted.before} -> {granted.after}" if granted.changed else ""
        await self._audit.add(actor, f"jobs.{kind}", str(job_id), outcome=outcome, detail=detail)
        return granted

    def pausing(self, until: datetime | None) -> Wish:
        """Return what pauses a job until a moment; None: until somebody resumes it.

        Raises:
            UsageError: the moment is over.
        """
        return partial(pause, until=self._later(until))

    # ---- Private -------------------------------------------------------------------------------

    def _later(self, until: datetime | None) -> Millis | None:
        if until is None:
            return None
        moment = Millis(round(until.timestamp() * 1000))
        if moment <= self._access.now():
            raise UsageError(f"{until.isoformat()} is over already; name a moment that is to come")
        return moment

    async def _decide(
        self, kind: str, job_ids: Sequence[int], decision: Wish, actor: Actor
    ) -> JobOutcomes:
        outcomes = []
        for job_id in dict.fromkeys(job_ids):
            try:
                granted = await self.grant(kind, job_id, decision, actor)
            except UsageError as error:
                status = None if isinstance(error, UnknownJobError) else await self._status(job_id)
                outcomes.append(_refused(job_id, status, error))
            else:
                job = granted.job
                text = f"Job {job.id} {granted.with_hint}"
                outcomes.append(
                    JobOutcome(job_id=job.id, status=job.status, text=text, ok=granted.ok)
                )
        return JobOutcomes(jobs=tuple(outcomes))

    async def _status(self, job_id: int) -> JobStatus:
        return (await self._access.read(lambda db: find(db, job_id))).status

    async def _forget(self, before: Millis) -> int:
        removed, more = 0, True
        while more:
            count, more = await self._access.do(lambda db, _turn: housekeeping.clean_up(db, before))
            removed += count
        return removed


# Private


def _carry_out(
    kind: str, decision: Wish, job_id: int, who: str, db: sqlite3.Connection, turn: Turn
) -> Granted:
    before = by_hand.described(find(db, job_id))
    granted = decision(db, job_id, turn.now)
    if granted.changed:
        sign(db, granted.job, kind, who, turn.now)
    turn.changed(granted.job)
    if granted.lifted:
        for lane in turns.lanes_with_work(db):
            turn.woken(lane)
    after = granted.after or by_hand.described(granted.job)
    return replace(granted, before=granted.before or before, after=after)


def _refused(job_id: int, status: JobStatus | None, error: MeshvisorError) -> JobOutcome:
    text = str(error)
    text = f"{text[:1].upper()}{text[1:]}."
    return JobOutcome(job_id=job_id, status=status, text=text, ok=False)
