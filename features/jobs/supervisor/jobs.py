"""Jobs as a whole: the parts, their start, their duties and their end.

Owns the composition of this package.  Called by the service.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

import msgspec

from meshvisor.features.fleet.settings import FleetSettings
from meshvisor.features.jobs.messages import from_runner as said
from meshvisor.features.jobs.messages.requests import JobRequest, JobResult
from meshvisor.features.jobs.model.job import NO_MESH, ONE_RUN, is_one_run
from meshvisor.features.jobs.settings import JobSettings
from meshvisor.features.jobs.supervisor import chat_reports, message_handling, progress
from meshvisor.features.jobs.supervisor.action_registry import ActionRegistry
from meshvisor.features.jobs.supervisor.chat import JobChat, People
from meshvisor.features.jobs.supervisor.clock import JobClock
from meshvisor.features.jobs.supervisor.engine import Engine
from meshvisor.features.jobs.supervisor.lanes import LaneManager, LaneParts
from meshvisor.features.jobs.supervisor.ledger import claims, housekeeping
from meshvisor.features.jobs.supervisor.ledger.job import Job, Millis
from meshvisor.features.jobs.supervisor.live import LiveJobs
from meshvisor.features.jobs.supervisor.live_database import LiveDatabase
from meshvisor.features.jobs.supervisor.places import creator_through, said_by, why_unsaid
from meshvisor.features.jobs.supervisor.reporter import Reporter, Rooms
from meshvisor.features.jobs.supervisor.stuck import StuckWatch
from meshvisor.features.jobs.supervisor.transaction import Transaction
from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.events.subscriptions import Subscription
from meshvisor.shared.heartbeat import HeartbeatTable
from meshvisor.shared.protocol.from_worker import ProgressSent
from meshvisor.shared.protocol.messages import Message
from meshvisor.shared.protocol.zygote import PluginReport
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.audit.log import AuditLog
from meshvisor.supervisor.children.forked import ForkParts
from meshvisor.supervisor.children.slots import Slots
from meshvisor.supervisor.children.spawner import Spawner
from meshvisor.supervisor.service_contract import ForOneRun, Stopping

log = logging.getLogger(__name__)

COUNT_INTERVAL: Final = 10.0
"""Seconds between two counts of the jobs that have ended, if any may have."""

CLEANUP_INTERVAL: Final = 3600.0
"""Seconds between two looks for jobs that ended long ago."""


AttachLog = Callable[[str, int, asyncio.Future[Any]], None]
"""Given a name, the read end of a pipe, and the future of the end of who writes into it."""


class JobsParts(msgspec.Struct, frozen=True):
    """What jobs work with."""

    store: Store
    audit: AuditLog
    spawner: Spawner
    heartbeats: HeartbeatTable
    slots: Slots
    clock: Clock
    rooms: Rooms
    people: People
    attach_log: AttachLog
    can_dump: bool = True


class Jobs(ForOneRun):
    """All jobs of a supervisor; make it inside a running event loop."""

    def __init__(self, settings: Settings, parts: JobsParts) -> None:
        self._settings = settings
        self._parts = parts
        self._clock = JobClock(parts.clock)
        self.engine = Engine(parts.store, self._clock)
        self.lanes = LaneManager(
            settings,
            LaneParts(
                engine=self.engine,
                clock=parts.clock,
                runners=ForkParts(
                    spawner=parts.spawner,
                    heartbeats=parts.heartbeats,
                    slots=parts.slots,
                    clock=parts.clock,
                    attach_log=partial(_attach_log, parts.attach_log),
                    can_dump=parts.can_dump,
                ),
                answer=self._answer_action,
            ),
        )
        self.engine.serve(self.lanes)
        self._database = LiveDatabase(self.engine, self.lanes, parts.store, self._clock, settings)
        self.service = LiveJobs(self._database, parts.audit)
        self._chat = JobChat(self.service, parts.people)
        self._reporter = Reporter(
            self.engine,
            parts.rooms,
            self._clock,
            lambda: self._settings.of(JobSettings).progress_interval,
            lambda: self._settings.of(FleetSettings).command_prefix[0],
        )
        self._stuck = StuckWatch(
            self.lanes.all_running,
            self.engine,
            parts.clock,
            lambda: self._settings.of(JobSettings).stuck_after,
        )
        self.lanes.listen(self._reporter.changed)
        self.lanes.listen(self.service.changed)
        self.lanes.listen(self._note_end)
        self._has_ended = True
        """Whether a job may have ended that is not counted."""
        self._task: asyncio.Task[None] | None = None
        parts.spawner.on_plugins(self._on_plugins)

    # ---- Life ----------------------------------------------------------------------------------

    async def start(self) -> None:
        """Take over what an earlier supervisor has left, and begin.

        Raises:
            MeshvisorError: the database cannot be used.
            Exception: whatever has ended the engine.
        """
        kept = await self._parts.store.read(housekeeping.kept_actions)
        if not self.service.loaded.is_set():
            self.lanes.actions = ActionRegistry.read(kept, self._settings.of(JobSettings))
        read = self._parts.store.read
        self._reporter.load(
            await read(chat_reports.meshes), await read(chat_reports.progress_messages)
        )
        self._task = asyncio.create_task(self.engine.run(), name="jobs engine")
        try:
            interrupted = await self._recover(self._task)
        except BaseException:
            self._task.cancel()
            await asyncio.wait((self._task,))
            self._task = None
            raise
        for job in interrupted:
            log.warning(
                "job %d (%s, %s)%s was interrupted by a crash; it goes on by itself in %g s, "
                "or at once: meshvisor jobs resume %d",
                job.id,
                job.action,
                progress.progress(job),
                "" if job.mesh_id == NO_MESH else f" in {job.mesh_id}",
                self._settings.of(JobSettings).auto_resume_after,
                job.id,
                extra={"event": "job.interrupted"},
            )

    async def run(self) -> None:
        """Watch over everything for ever.

        Raises:
            Exception: whatever has ended the engine; called again, it begins anew.
        """
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self.engine.run(), name="jobs engine")
        async with asyncio.TaskGroup() as group:
            group.create_task(self.lanes.runners.watch_heartbeats(), name="runner heartbeats")
            group.create_task(self._clean_up(), name="jobs cleanup")
            group.create_task(self._stuck.watch(), name="stuck jobs")
            group.create_task(self._count(), name="jobs counted")
            await asyncio.shield(self._task)

    async def stop(self, stopping: Stopping) -> None:
        """End all runners and write their last reports; idempotent."""
        await self.lanes.close(stopping.timeout, stopping.force)
        self._reporter.stop()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))
            await self.engine.close()

    def configure(self, settings: Settings) -> None:
        """Take over new settings."""
        self._settings = self._database.settings = settings
        self.lanes.configure(settings)

    def rooms_changed(self, mesh_ids: Iterable[str]) -> None:
        """Take in which meshes there are, and that bots may have come into rooms."""
        seen = frozenset(mesh_ids)
        if not seen <= self._database.seen:
            self._database.seen |= seen
            self.engine.post(partial(_keep_meshes, self._database.seen))
        self._reporter.wake()

    def progress_sent(self, mesh_id: str, sent: ProgressSent) -> None:
        """Take in that the bot of a mesh has begun a message of progress."""
        message = chat_reports.ProgressMessage(sent.sent_id, sent.place)
        self._reporter.progress_sent(mesh_id, sent.handle, message)

    @property
    def subscription(self) -> Subscription:
        """What tells chats about jobs; to be added to the event log's before the start."""
        return self._reporter.subscription

    def replace_runners(self) -> None:
        """Let all jobs go on with other code, because plug-ins have changed."""
        self.lanes.runners.replace("its plug-ins have changed")

    # ---- What is asked -------------------------------------------------------------------------

    async def answer_chat(self, mesh_id: str, message: JobRequest) -> JobResult:
        """Answer the request of a user in a room."""
        return await self._chat.answer(mesh_id, message)

    async def _answer_action(self, job: Job, message: Message) -> JobResult:
        """Answer what an action asks for."""
        mesh_id = message.mesh_id or job.mesh_id
        if isinstance(message, said.JobMessage):
            if (why := why_unsaid(job, mesh_id)) is not None:
                return JobResult(ok=False, text=why)
            if self._parts.rooms.say(said_by(job, mesh_id, message.text)):
                return JobResult(ok=True, text="")
            return JobResult(ok=False, text=f"the bot is not in the room {mesh_id}")
        if isinstance(message, said.StageItems):
            return await self._stage(job, message)
        assert isinstance(message, said.EnqueueRequest)
        creator = creator_through(job, mesh_id)
        try:
            items = self.service.staged(message.staged, _owner(job))
            placed = await self.service.place(
                mesh_id, message.submission, creator, items, locate=False
            )
        except MeshvisorError as error:
            return JobResult(ok=False, text=str(error))
        if placed.differs:
            # Its action gets a number and no sentence.
            text = f"job.submit: {progress.accepted(placed.job, None, True, placed.differs)}"
            line = said.JobLog(job_id=job.id, run=job.run, level="warning", text=text)
            self.engine.post(message_handling.logged(line))
        return JobResult(
            ok=True,
            text=progress.accepted(placed.job, placed.position, placed.duplicate, placed.differs),
            job_id=placed.job.id,
            position=placed.position,
            duplicate=placed.duplicate,
            differs=placed.differs or None,
        )

    # ---- Private -------------------------------------------------------------------------------

    async def _recover(self, engine: asyncio.Task[None]) -> list[Job]:
        """Return the jobs that a crash has interrupted, when that is written."""
        after = round(self._settings.of(JobSettings).auto_resume_after * 1000)
        recovery = asyncio.ensure_future(self.engine.do(partial(_recover, after)))
        try:
            await asyncio.wait((recovery, engine), return_when=asyncio.FIRST_COMPLETED)
            if not recovery.done():  # no request would ever be answered
                engine.result()
            return await recovery
        finally:
            recovery.cancel()

    async def _stage(self, job: Job, message: said.StageItems) -> JobResult:
        try:
            count = (await self.service.stage(message.token, message.keys, _owner(job))).items
        except MeshvisorError as error:
            return JobResult(ok=False, text=str(error))
        return JobResult(ok=True, text="", count=count)

    def _on_plugins(self, reports: tuple[PluginReport, ...]) -> None:
        self.service.loaded.set()
        loaded = [report for report in reports if report.ok]
        actions = [one for report in loaded for one in report.registered.get("actions", ())]
        self.lanes.actions = ActionRegistry.of(actions, self._settings.of(JobSettings))
        self.engine.post(partial(_keep_actions, self.lanes.actions.kept()))

    async def _count(self) -> None:
        while True:
            await asyncio.sleep(COUNT_INTERVAL)
            if not self._has_ended:
                continue
            self._has_ended = False
            try:
                await self.service.count()
            except (MeshvisorError, sqlite3.Error) as error:
                self._has_ended = True
                log.warning("jobs that have ended are counted later: %s", error)

    def _note_end(self, _jobs: list[Job]) -> None:
        self._has_ended = True

    async def _clean_up(self) -> None:
        while True:
            try:
                await self.service.forget_deleted()
                await self.service.forget_records()
            except (MeshvisorError, sqlite3.Error) as error:
                log.warning("deleted jobs are not removed for now: %s", error)
            if self._settings.of(JobSettings).cleanup_after:
                try:
                    removed = await self.service.forget(
                        self._settings.of(JobSettings).cleanup_after
                    )
                except (MeshvisorError, sqlite3.Error) as error:
                    log.warning("old jobs are not removed for now: %s", error)
                else:
                    if removed:
                        log.info("%d old jobs removed", removed, extra={"event": "jobs.removed"})
            await asyncio.sleep(CLEANUP_INTERVAL)


def _recover(after: int, db: sqlite3.Connection, transaction: Transaction) -> list[Job]:
    interrupted = housekeeping.recover(db, Millis(transaction.now + after), transaction.now)
    for job in interrupted:
        transaction.changed(job)
    for lane in claims.lanes_with_work(db):
        transaction.woken(lane)
    return [job for job in interrupted if job.status == "interrupted"]


def _owner(job: Job) -> str:
    """Return whose the items are that an action brings for further jobs."""
    return f"job {job.id}"


def _keep_actions(
    kept: list[tuple[str, str]], db: sqlite3.Connection, transaction: Transaction
) -> None:
    housekeeping.keep_actions(db, kept)
    for lane in housekeeping.unpark(db):
        transaction.woken(lane)


def _keep_meshes(
    mesh_ids: frozenset[str], db: sqlite3.Connection, _transaction: Transaction
) -> None:
    housekeeping.keep_meshes(db, mesh_ids)


def _attach_log(attach: AttachLog, lane: str, descriptor: int, ended: asyncio.Future[Any]) -> None:
    attach(f"lane-{ONE_RUN if is_one_run(lane) else lane}", descriptor, ended)
