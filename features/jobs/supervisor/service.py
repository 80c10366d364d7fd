"""The service of jobs: what the command line, the console, chats and actions may request.

Owns checking, the audit entries and the results, which are the JSON of `--json`.  Does not own
what is written (`ledger`), what is decided about jobs that there are (`decisions`), nor the way to
the database (`database.JobDatabase`: the engine of a running supervisor, or the database itself
while none runs).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from meshvisor.features.jobs import counting
from meshvisor.features.jobs.messages.submission import Submission
from meshvisor.features.jobs.model.job import NO_MESH, ItemState, PauseReason
from meshvisor.features.jobs.supervisor import chat_reports, enqueuing, view
from meshvisor.features.jobs.supervisor.check import checked, data_problem
from meshvisor.features.jobs.supervisor.database import JobDatabase
from meshvisor.features.jobs.supervisor.decisions import Decisions
from meshvisor.features.jobs.supervisor.ledger import (
    claims,
    enqueue,
    errors,
    history,
    holds,
    reading,
)
from meshvisor.features.jobs.supervisor.ledger.durations import HOUR, records
from meshvisor.features.jobs.supervisor.ledger.job import Creator, Job, Millis, NewJob, find
from meshvisor.features.jobs.supervisor.ledger.same import differences
from meshvisor.features.jobs.supervisor.staging import Staging
from meshvisor.features.jobs.supervisor.transaction import Transaction
from meshvisor.features.jobs.supervisor.why import SHELL, Facts, Ways, explain
from meshvisor.features.jobs.wordings import ACTION_GONE_FOR, NEEDS_MESH_FOR, NO_MESH_FOR
from meshvisor.shared.late import late
from meshvisor.supervisor.audit.log import Actor, AuditLog

if TYPE_CHECKING:
    from meshvisor.features.jobs import results
else:
    results = late("meshvisor.features.jobs.results")

T = TypeVar("T")

LOOKED_AT: Final = 200
"""Jobs ahead whose remaining work is added up; with more the estimate would be a guess."""


class Placed(msgspec.Struct, frozen=True):
    """A job that was submitted, and where it stands now."""

    job: Job
    position: int | None
    duplicate: bool
    repeated: int
    """Keys that were given more than once."""
    differs: tuple[str, ...] = ()
    """In what a duplicate is another job than was asked for, see `ledger.same`."""


OPERATORS: Final = "command line"
"""Who owns what comes from the command line."""


class JobService(Decisions):
    """Jobs, with a running supervisor or without."""

    def __init__(self, database: JobDatabase, audit: AuditLog) -> None:
        super().__init__(database, audit)
        self._staging = Staging(database.now)

    # ---- New jobs ------------------------------------------------------------------------------

    async def stage(
        self, token: str, items: Sequence[str], owner: str = OPERATORS
    ) -> results.Staged:
        """Keep items for a job that is submitted soon; see `staging`."""
        return results.Staged(items=self._staging.add(owner, token, items))

    def staged(self, token: str | None, owner: str = OPERATORS) -> Sequence[str]:
        """Return the items that an owner has staged under a token; none without one.

        Raises:
            UsageError: nothing was, or not lately.
        """
        return self._staging.take(owner, token) if token else ()

    async def submit(
        self,
        mesh_id: str,
        submission: Submission,
        actor: Actor,
        staged: str | None = None,
        created_by: str | None = None,
    ) -> results.SubmittedJob:
        """Enqueue a job for the operator, or on behalf of a user.

        A user hears in the chat how it goes, and decides about it there, as if they had asked.

        Raises:
            UsageError: it cannot be.
            MeshvisorError: it could not be written; nothing of it was.
        """
        if created_by is None:
            creator = Creator(actor.user_id or actor.name, actor.name, "command line")
        else:
            creator = Creator(created_by, created_by, "chat")
        items = self.staged(staged)
        placed = await self.place(mesh_id, submission, creator, items)
        job = placed.job
        if not placed.duplicate:
            await self.note(actor, "jobs.submit", job, on_behalf_of=created_by)
        submitted = results.SubmittedJob(
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
        if not placed.duplicate:
            return submitted
        return results.KnownJob(**submitted.model_dump(), differs=placed.differs)

    async def place(
        self,
        mesh_id: str,
        submission: Submission,
        creator: Creator,
        staged: Sequence[str] = (),
        *,
        locate: bool = True,
    ) -> Placed:
        """Enqueue a job for any creator, and look up its position.

        Args:
            mesh_id: where.
            submission: what is wanted.
            creator: by whom.
            staged: items that come before those of the submission.
            locate: whether its place in the queue is counted, which takes the longer the more wait.

        Raises:
            UsageError: it cannot be.
            MeshvisorError: it could not be written; nothing of it was.
        """
        meshes = await self._database.meshes()
        new = checked(submission, mesh_id, creator, self._database.actions, meshes, staged)
        enqueued = await self._write(new)
        look_up = _with_position if locate else _without_position
        job, position = await self._database.read(partial(look_up, enqueued.job_id))
        differs: tuple[str, ...] = ()
        if enqueued.duplicate:
            differs = await self._database.read(lambda db: differences(db, job, new))
        given = len(staged) + len(submission.items or ())
        repeated = 0 if enqueued.duplicate else given - len(new.items)
        return Placed(job, position, enqueued.duplicate, repeated, differs)

    async def _write(self, new: NewJob) -> enqueue.Enqueued:
        if len(new.items) <= enqueue.SLICE:
            return await self._database.do(partial(enqueuing.enqueue_in, new))
        enqueued = await self._database.do(partial(enqueuing.draft_in, new))
        if enqueued.duplicate:
            return enqueued
        try:
            for first in range(0, len(new.items), enqueue.SLICE):
                items = new.items[first : first + enqueue.SLICE]
                await self._database.do(partial(enqueuing.slice_in, enqueued.job_id, items, first))
            return await self._database.do(partial(enqueuing.open_in, enqueued.job_id, new))
        except BaseException:
            await self._database.do(partial(enqueuing.discard_in, enqueued.job_id))
            raise

    # ---- For other features --------------------------------------------------------------------

    async def check(self, mesh_id: str, submission: Submission, creator: Creator) -> NewJob:
        """Return a job that can be, for `enqueue_in`; nothing is written.

        Raises:
            UsageError: it cannot be.
        """
        meshes = await self._database.meshes()
        return checked(submission, mesh_id, creator, self._database.actions, meshes)

    async def transact(self, work: Callable[[sqlite3.Connection, Transaction], T]) -> T:
        """Do a task that writes jobs together with something else, see `transaction.Work`.

        Raises:
            MeshvisorError: it could not be written; nothing of it was.
        """
        return await self._database.do(work)

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Look something up beside jobs, see `Store.read`."""
        return await self._database.read(work)

    async def meshes(self) -> Collection[str] | None:
        """Return the meshes there are; None: unknown, any may be."""
        return await self._database.meshes()

    def cannot_run(
        self,
        action: str,
        mesh_id: str,
        meshes: Collection[str] | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> str:
        """Return why no job of an action can be at present, in words that follow a name; empty:
        it can.

        Args:
            action: its name.
            mesh_id: the mesh; `NO_MESH`: none.
            meshes: those there are; None: it does not matter.
            data: what it would be given; None: it does not matter.
        """
        spec = self._database.actions.find(action)
        if spec is None:
            return ACTION_GONE_FOR(action=action)
        if spec.needs_mesh and mesh_id == NO_MESH:
            return NEEDS_MESH_FOR(action=action)
        if meshes is not None and mesh_id != NO_MESH and mesh_id not in meshes:
            return NO_MESH_FOR(mesh_id=mesh_id)
        return "" if data is None else str(data_problem(data, spec) or "")

    # ---- Looking -------------------------------------------------------------------------------

    async def list_jobs(self, wanted: reading.Filter, limit: int) -> results.JobList:
        """Return up to `limit` jobs that match, newest first."""
        jobs = await self._database.read(lambda db: reading.list_jobs(db, wanted, limit + 1))
        return results.JobList(jobs=tuple(map(view.info, jobs[:limit])), more=len(jobs) > limit)

    async def show(self, job_id: int) -> results.JobReport:
        """Return a job and its history.

        Raises:
            UsageError: there is none.
        """

        def work(db: sqlite3.Connection) -> results.JobReport:
            job, position = _with_position(job_id, db)
            return view.report(job, position, history.read(db, job_id))

        return await self._database.read(work)

    async def list_items(
        self, job_id: int, states: Sequence[ItemState], after: int, limit: int
    ) -> results.ItemList:
        """Return items of a job in their order.

        Args:
            job_id: of the job.
            states: only those in one of these; none: all.
            after: the last position of the page before; -1: the first page.
            limit: how many at most.

        Raises:
            UsageError: there is no such job.
        """
        rows = await self._database.read(
            lambda db: reading.list_items(db, job_id, states, after, limit + 1)
        )
        items = tuple(map(view.item, rows[:limit]))
        return results.ItemList(job_id=job_id, items=items, more=len(rows) > limit)

    async def stats(self) -> results.JobStats:
        """Return how many jobs there are in which state."""
        return await self._database.read(counting.stats)

    async def queue(self, lane: str | None, limit: int) -> results.QueueReport:
        """Return in which order waiting jobs will run, and which pauses end by themselves.

        Args:
            lane: only this one; None: all in which jobs run or wait.
            limit: jobs of each lane.
        """
        database = self._database

        def work(db: sqlite3.Connection) -> results.QueueReport:
            ageing = claims.Ageing(database.now(), database.ageing)
            lanes = reading.busy_lanes(db) if lane is None else [lane]
            queues = [reading.queue(db, name, limit, ageing) for name in lanes]
            return results.QueueReport(
                lanes=tuple(view.queue(one, database.concurrency(one.lane)) for one in queues),
                returning=tuple(map(view.returning, reading.coming_back_in(db, lane, limit))),
            )

        return await database.read(work)

    async def errors(self, since: float, action: str | None, limit: int) -> results.ErrorList:
        """Return what went wrong with jobs in so many seconds, newest first."""
        first = Millis(self._database.now() - round(since * 1000))
        rows = await self._database.read(lambda db: errors.newest(db, first, action, limit + 1))
        return results.ErrorList(
            errors=tuple(map(view.error, rows[:limit])), more=len(rows) > limit
        )

    async def durations(self, since: float, action: str | None) -> results.DurationReport:
        """Return how long jobs took and waited.

        Args:
            since: seconds back, to the full hour.
            action: of this one only; None: of all.
        """
        until = self._database.now()
        first = Millis((until - round(since * 1000)) // HOUR * HOUR)
        found = await self._database.read(lambda db: records(db, first, until))
        wanted = [record for record in found if action in {None, record.action}]
        return view.durations(wanted, first, until)

    async def actions(self) -> results.ActionList:
        """Return what the plug-ins offer."""
        return results.ActionList(actions=tuple(map(view.action, self._database.actions)))

    async def why(self, job_id: int, ways: Ways = SHELL) -> results.WhyReport:
        """Say why a job does not run, and what the caller can do about it.

        Raises:
            UsageError: there is none.
        """
        facts = await self._database.read(partial(self._facts, job_id))
        found = explain(facts, ways)
        return results.WhyReport(
            job_id=job_id,
            status=facts.job.status,
            reasons=found.reasons,
            position=facts.position,
            expected_in_seconds=found.expected_in,
        )

    async def recovery(self) -> results.RecoveryReport:
        """Return which jobs were interrupted, and which others come back by themselves."""
        jobs, counts, questions = await self._database.read(
            lambda db: (
                reading.list_interrupted(db),
                reading.coming_back(db),
                chat_reports.questions(db),
            )
        )
        return results.RecoveryReport(
            interrupted=tuple(
                view.interrupted(job, asked=job.ready == 1 or job.id not in questions)
                for job in jobs
            ),
            auto_resume_after=self._database.auto_resume_after,
            waiting={reason: counts.get(reason, 0) for reason in _BY_THEMSELVES},
        )

    # ---- Private -------------------------------------------------------------------------------

    def _facts(self, job_id: int, db: sqlite3.Connection) -> Facts:
        job, position = _with_position(job_id, db)
        now, database = self._database.now(), self._database
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
            concurrency=database.concurrency(job.lane),
            limited_until=reading.limited_until(db, job.rate_key, now),
            hold=holds.read_holds(db).on(job),
            known=database.actions.find(job.action) is not None,
            lane_problem=database.lane_problem(job.lane),
            paces=paces,
        )


_BY_THEMSELVES: Final = (
    PauseReason.PREEMPTED,
    PauseReason.RATE_LIMITED,
    PauseReason.RETRY,
    PauseReason.RESTART,
)


def _with_position(job_id: int, db: sqlite3.Connection) -> tuple[Job, int | None]:
    job = find(db, job_id)
    return job, reading.position(db, job)


def _without_position(job_id: int, db: sqlite3.Connection) -> tuple[Job, int | None]:
    return find(db, job_id), None
