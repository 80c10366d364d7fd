"""What may be asked about jobs, whoever asks: the command line, the console, chats, actions.

Owns checking, the audit entries and the results, which are the JSON of `--json`.  Does not own
what is written (`ledger`) nor when (`Access`: the engine of a running supervisor, or the database
itself while none runs).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal, Protocol, TypeVar

from shared.control.job_messages import ListItems, ListJobs
from shared.control.job_results import (
    ActionList,
    CleanUpReport,
    ItemList,
    JobList,
    JobOutcome,
    JobOutcomes,
    JobReport,
    JobStats,
    RecoveryReport,
    Staged,
    SubmittedJob,
    WhyReport,
)
from shared.errors import MeshvisorError
from shared.model.job import PauseReason
from shared.protocol.submission import Submission
from supervisor.audit.log import Actor, AuditLog
from supervisor.jobs import view
from supervisor.jobs.catalogue import Catalogue
from supervisor.jobs.check import checked
from supervisor.jobs.ledger import enqueue, housekeeping, reading, turns
from supervisor.jobs.ledger.job import (
    Creator,
    Job,
    Millis,
    NewJob,
    UnknownJobError,
    find,
)
from supervisor.jobs.ledger.wishes import WISHES, Granted, sign
from supervisor.jobs.staging import Staging
from supervisor.jobs.turn import Turn
from supervisor.jobs.why import SHELL, Facts, Ways, explain

LOOKED_AT: Final = 200
"""Jobs ahead whose remaining work is added up; with more the estimate would be a guess."""

T = TypeVar("T")


class Access(Protocol):
    """The way to the database."""

    @property
    def catalogue(self) -> Catalogue:
        """What can be run."""
        ...

    @property
    def auto_resume_after(self) -> float:
        """Seconds; the setting."""
        ...

    @property
    def cleanup_after(self) -> float:
        """Seconds; the setting."""
        ...

    def now(self) -> Millis:
        """Return the present moment."""
        ...

    async def do(self, work: Callable[[sqlite3.Connection, Turn], T]) -> T:
        """Do a piece of work; see `engine.Engine.do`."""
        ...

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Look something up; see `Store.read`."""
        ...

    async def meshes(self) -> Collection[str] | None:
        """Return the meshes there are; None: nobody knows."""
        ...

    def concurrency(self, lane: str) -> int:
        """Return how many jobs of a lane may run at the same time."""
        ...

    def lane_problem(self, lane: str) -> str | None:
        """Return why a lane has no runner; None: it has one, or needs none."""
        ...


@dataclass(frozen=True, slots=True)
class Placed:
    """A job that was submitted, and where it stands now."""

    job: Job
    position: int | None
    duplicate: bool
    repeated: int
    """Keys that were given more than once."""


class JobDesk:
    """Implements `supervisor.control.jobs_api.JobsApi`."""

    def __init__(self, access: Access, audit: AuditLog) -> None:
        self._access = access
        self._audit = audit
        self._staging = Staging(access.now)

    # ---- New jobs ------------------------------------------------------------------------------

    async def stage(self, token: str, items: Sequence[str]) -> Staged:
        """Keep items for a job that is submitted soon; see `staging`."""
        return Staged(items=self._staging.add(token, items))

    async def submit(
        self, mesh_id: str, submission: Submission, actor: Actor, staged: str | None = None
    ) -> SubmittedJob:
        """Enqueue a job for somebody at the command line.

        Raises:
            UsageError: it cannot be.
            MeshvisorError: it could not be written; nothing of it was.
        """
        creator = Creator(actor.user_id or actor.name, actor.name, "command line")
        items = self._staging.take(staged) if staged is not None else ()
        placed = await self.place(mesh_id, submission, creator, items)
        job = placed.job
        if not placed.duplicate:
            await self.note(actor, "jobs.submit", job)
        return SubmittedJob(
            job_id=job.id,
            action=job.action,
            status=job.status,
            priority=job.priority,
            lane=job.lane,
            position=placed.position,
            items=job.total,
            duplicate=placed.duplicate,
            repeated_items=placed.repeated,
        )

    async def place(
        self,
        mesh_id: str,
        submission: Submission,
        creator: Creator,
        staged: Sequence[str] = (),
        *,
        look: bool = True,
    ) -> Placed:
        """Enqueue a job for anybody, and look where it stands then.

        Args:
            mesh_id: where.
            submission: what is wanted.
            creator: by whom.
            staged: items that come before those of the submission.
            look: whether its place in the queue is counted, which takes the longer the more wait.

        Raises:
            UsageError: it cannot be.
            MeshvisorError: it could not be written; nothing of it was.
        """
        meshes = await self._access.meshes()
        new = checked(submission, mesh_id, creator, self._access.catalogue, meshes, staged)
        enqueued = await self._write(new)
        look_up = _with_position if look else _without_position
        job, position = await self._access.read(partial(look_up, enqueued.job_id))
        given = len(staged) + len(submission.items or ())
        repeated = 0 if enqueued.duplicate else given - len(new.items)
        return Placed(job, position, enqueued.duplicate, repeated)

    async def _write(self, new: NewJob) -> enqueue.Enqueued:
        if len(new.items) <= enqueue.SLICE:
            return await self._access.do(partial(_enqueue, new))
        enqueued = await self._access.do(partial(_draft, new))
        if enqueued.duplicate:
            return enqueued
        try:
            for first in range(0, len(new.items), enqueue.SLICE):
                items = new.items[first : first + enqueue.SLICE]
                await self._access.do(partial(_slice, enqueued.job_id, items, first))
            return await self._access.do(partial(_open, enqueued.job_id, new))
        except BaseException:
            await self._access.do(partial(_discard, enqueued.job_id))
            raise

    # ---- Looking -------------------------------------------------------------------------------

    async def list_jobs(self, request: ListJobs) -> JobList:
        """Return jobs that match, newest first."""
        wanted = reading.Filter(
            request.statuses,
            request.action,
            request.mesh_id,
            request.lane,
            request.created_by,
            request.before,
        )
        limit = request.limit
        jobs = await self._access.read(lambda db: reading.list_jobs(db, wanted, limit + 1))
        return JobList(jobs=tuple(map(view.info, jobs[:limit])), more=len(jobs) > limit)

    async def show(self, job_id: int) -> JobReport:
        """Return a job and its history.

        Raises:
            UsageError: there is none.
        """

        def work(db: sqlite3.Connection) -> JobReport:
            job, position = _with_position(job_id, db)
            return view.report(job, position, reading.history(db, job_id))

        return await self._access.read(work)

    async def list_items(self, request: ListItems) -> ItemList:
        """Return items of a job in their order.

        Raises:
            UsageError: there is no such job.
        """
        limit = request.limit
        rows = await self._access.read(
            lambda db: reading.list_items(
                db, request.job_id, request.states, request.after, limit + 1
            )
        )
        items = tuple(map(view.item, rows[:limit]))
        return ItemList(job_id=request.job_id, items=items, more=len(rows) > limit)

    async def stats(self) -> JobStats:
        """Return how many jobs there are in which state."""
        open_jobs, finished = await self._access.read(
            lambda db: (reading.counts(db), reading.finished_counts(db))
        )
        return view.stats(open_jobs, finished)

    async def actions(self) -> ActionList:
        """Return what the plug-ins offer."""
        return ActionList(actions=tuple(map(view.action, self._access.catalogue)))

    async def why(self, job_id: int, ways: Ways = SHELL) -> WhyReport:
        """Say why a job does not run, and what whoever asks can do about it.

        Raises:
            UsageError: there is none.
        """
        facts = await self._access.read(partial(self._facts, job_id))
        found = explain(facts, ways)
        return WhyReport(
            job_id=job_id,
            status=facts.job.status,
            reasons=found.reasons,
            position=facts.position,
            expected_in_seconds=found.expected_in,
        )

    async def recovery(self) -> RecoveryReport:
        """Return which jobs were interrupted, and which others come back by themselves."""
        jobs, counts = await self._access.read(
            lambda db: (reading.list_interrupted(db), reading.coming_back(db))
        )
        return RecoveryReport(
            interrupted=tuple(map(view.interrupted, jobs)),
            auto_resume_after=self._access.auto_resume_after,
            waiting={reason: counts.get(reason, 0) for reason in _BY_THEMSELVES},
        )

    # ---- Changing ------------------------------------------------------------------------------

    async def pause(self, job_ids: Sequence[int], actor: Actor) -> JobOutcomes:
        """Pause jobs."""
        return await self._wish("pause", job_ids, actor)

    async def resume(self, job_ids: Sequence[int], actor: Actor) -> JobOutcomes:
        """Let jobs go on."""
        return await self._wish("resume", job_ids, actor)

    async def cancel(self, job_ids: Sequence[int], actor: Actor) -> JobOutcomes:
        """End jobs for good."""
        return await self._wish("cancel", job_ids, actor)

    async def retry(self, job_ids: Sequence[int], actor: Actor) -> JobOutcomes:
        """Queue finished jobs anew."""
        return await self._wish("retry", job_ids, actor)

    async def recover(self, decision: Literal["resume", "cancel"], actor: Actor) -> JobOutcomes:
        """Decide about all interrupted jobs."""
        jobs = await self._access.read(reading.list_interrupted)
        return await self._wish(decision, [job.id for job in jobs], actor)

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
        before = Millis(self._access.now() - round(age * 1000) + 1)
        removed, more = 0, True
        while more:
            count, more = await self._access.do(lambda db, _turn: housekeeping.clean_up(db, before))
            removed += count
        return removed

    async def note(self, actor: Actor, action: str, job: Job) -> None:
        """Keep in the audit log what somebody has done with a job."""
        await self._audit.add(actor, action, str(job.id), detail=job.action)

    async def grant(self, wish: str, job_id: int, actor: Actor) -> Granted:
        """Do what somebody wants of one job.

        Raises:
            UnknownJobError: there is none.
        """
        granted = await self._access.do(partial(_wish, wish, job_id, str(actor)))
        outcome = "done" if granted.ok else granted.text
        await self._audit.add(actor, f"jobs.{wish}", str(job_id), outcome=outcome)
        return granted

    # ---- Private -------------------------------------------------------------------------------

    async def _wish(self, wish: str, job_ids: Sequence[int], actor: Actor) -> JobOutcomes:
        outcomes = []
        for job_id in dict.fromkeys(job_ids):
            try:
                granted = await self.grant(wish, job_id, actor)
            except UnknownJobError as error:
                outcomes.append(_refused(job_id, error))
            else:
                job = granted.job
                outcomes.append(
                    JobOutcome(
                        job_id=job.id,
                        status=job.status,
                        text=f"Job {job.id} {granted.with_hint}",
                        ok=granted.ok,
                    )
                )
        return JobOutcomes(jobs=tuple(outcomes))

    def _facts(self, job_id: int, db: sqlite3.Connection) -> Facts:
        job, position = _with_position(job_id, db)
        now, access = self._access.now(), self._access
        ahead = reading.ahead(db, job, LOOKED_AT) if job.ready else []
        active = reading.active_in(db, job.lane) if job.ready else []
        paces = {}
        for name in {one.action for one in (*ahead, *active)}:
            if (pace := reading.pace(db, name)) is not None:
                paces[name] = pace
        return Facts(
            job=job,
            now=now,
            position=position,
            active=active,
            ahead=ahead,
            concurrency=access.concurrency(job.lane),
            limited_until=reading.limited_until(db, job.rate_key, now),
            known=access.catalogue.find(job.action) is not None,
            lane_problem=access.lane_problem(job.lane),
            paces=paces,
        )


_BY_THEMSELVES: Final = (
    PauseReason.PREEMPTED,
    PauseReason.RATE_LIMITED,
    PauseReason.RETRY,
    PauseReason.RESTART,
)


def _refused(job_id: int, error: MeshvisorError) -> JobOutcome:
    text = str(error)
    return JobOutcome(job_id=job_id, status=None, text=f"{text[:1].upper()}{text[1:]}.", ok=False)


def _with_position(job_id: int, db: sqlite3.Connection) -> tuple[Job, int | None]:
    job = find(db, job_id)
    return job, reading.position(db, job)


def _without_position(job_id: int, db: sqlite3.Connection) -> tuple[Job, int | None]:
    return find(db, job_id), None


def _enqueue(new: NewJob, db: sqlite3.Connection, turn: Turn) -> enqueue.Enqueued:
    turn.woken(new.lane)
    return enqueue.enqueue(db, new, turn.now)


def _draft(new: NewJob, db: sqlite3.Connection, turn: Turn) -> enqueue.Enqueued:
    return enqueue.draft(db, new, turn.now)


def _slice(job_id: int, items: Sequence[str], first: int, db: sqlite3.Connection, _: Turn) -> None:
    enqueue.write_slice(db, job_id, items, first)


def _open(job_id: int, new: NewJob, db: sqlite3.Connection, turn: Turn) -> enqueue.Enqueued:
    turn.woken(new.lane)
    return enqueue.open_draft(db, job_id, new, turn.now)


def _discard(job_id: int, db: sqlite3.Connection, _: Turn) -> None:
    enqueue.discard_draft(db, job_id)


def _wish(wish: str, job_id: int, who: str, db: sqlite3.Connection, turn: Turn) -> Granted:
    granted = WISHES[wish](db, job_id, turn.now)
    if granted.changed:
        sign(db, granted.job, wish, who, turn.now)
    turn.changed(granted.job)
    if granted.lifted:
        for lane in turns.lanes_with_work(db):
            turn.woken(lane)
    return granted
