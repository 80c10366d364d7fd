"""What is said about jobs in the chats that they come from: progress, outcomes, questions.

Owns when it is tried, and that an outcome or a question is said once it can be: a subscriber of the
events of jobs takes it in, and it stays in a row (`chat_reports`) until its bot is in the room.
Progress is said as it comes, and forgotten but for
the message in which it goes on.  Does not own the words (`progress`) nor the rooms.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Final, Protocol

from meshvisor.features.jobs import events as kinds
from meshvisor.features.jobs.model.job import FINISHED
from meshvisor.features.jobs.supervisor import chat_reports, progress
from meshvisor.features.jobs.supervisor.chat_reports import ProgressMessage, Report
from meshvisor.features.jobs.supervisor.clock import JobClock
from meshvisor.features.jobs.supervisor.engine import Engine
from meshvisor.features.jobs.supervisor.ledger.job import Job
from meshvisor.features.jobs.supervisor.places import job_of, notice
from meshvisor.features.jobs.supervisor.progress import Said
from meshvisor.features.jobs.supervisor.transaction import Transaction
from meshvisor.shared.events.subscriptions import Batch, Subscription
from meshvisor.shared.protocol.to_worker import SendMessage

log = logging.getLogger(__name__)

AT_ONCE: Final = 20
"""Outcomes and questions said in a room at a time; the rest follows when these are said."""


TELL_AGAIN: Final = 10.0
"""Seconds before what could not be looked up or said is tried again, unless the bot comes into the
room first."""

STALE: Final = 1_000
"""Milliseconds after which the reports are looked up anew: where the network sets a pace
it may be obsolete by then."""


class Rooms(Protocol):
    """The chats."""

    def connected(self) -> Collection[str]:
        """Return the meshes whose bots are in their rooms."""
        ...

    def say(self, notice: SendMessage) -> bool:
        """Say something in a mesh (`mesh_id`); False: the bot is not in the room."""
        ...

    async def tell(self, notice: SendMessage) -> bool:
        """Say an outcome or a question, and return when it was said; False: it was not."""
        ...


class Reporter:
    """Tells; make it inside a running event loop.

    Args:
        engine: notes what was said.
        rooms: where.
        clock: of jobs.
        interval: asked for seconds between two reports of progress.
        prefix: asked for what chat commands begin with.
    """

    def __init__(
        self,
        engine: Engine,
        rooms: Rooms,
        clock: JobClock,
        interval: Callable[[], float],
        prefix: Callable[[], str],
    ) -> None:
        self._engine = engine
        self._rooms = rooms
        self._clock = clock
        self._interval = interval
        self._prefix = prefix
        self._said: dict[int, Said] = {}
        """By job; only jobs from chats that are not finished."""
        self._messages: dict[tuple[str, int], ProgressMessage] = {}
        """In which progress goes on, by mesh and job."""
        self._was_connected: set[str] = set()
        self._telling: dict[str, asyncio.Task[None]] = {}
        self._stopped = False
        self._news: set[str] = set()
        """Meshes that have had something to tell since they were last looked up."""
        self._meshes: set[str] = set()
        """Those with rows of reports.  Workers come back by the hundred, and there is mostly
        nothing to say."""
        self._is_loaded = False
        """Whether `_meshes` is complete; before that each mesh is looked up."""

    def load(
        self, meshes: Collection[str], messages: Mapping[tuple[str, int], ProgressMessage]
    ) -> None:
        """Learn where an earlier supervisor has left something to say.

        Args:
            meshes: with rows of reports.
            messages: in which progress goes on, by mesh and job.
        """
        self._meshes |= set(meshes)
        self._messages = {**messages, **self._messages}
        self._is_loaded = True

    def progress_sent(self, mesh_id: str, handle: str, message: ProgressMessage) -> None:
        """Take in that a bot has begun a message in which the progress of a job goes on."""
        job_id = job_of(handle)
        if job_id is None or job_id not in self._said or self._stopped:
            return
        self._messages[mesh_id, job_id] = message
        self._engine.post(
            lambda db, _transaction: chat_reports.progress_said(db, job_id, mesh_id, message)
        )

    @property
    def is_telling(self) -> bool:
        """Whether something is being looked up or said."""
        return bool(self._telling)

    def changed(self, jobs: list[Job]) -> None:
        """Take in jobs that were changed."""
        if self._stopped:
            return
        for job in jobs:
            if job.origin == "chat":
                self._report(job)

    async def handle(self, batch: Batch) -> None:
        """Take in how jobs have ended, and which ones were interrupted.

        Raises:
            MeshvisorError: it cannot be written at present.
        """
        meshes = await batch.save(lambda db: chat_reports.take_in(db, batch.events))
        for event in batch.events:
            if event.kind != kinds.INTERRUPTED.name:
                self._messages.pop((event.mesh_id or "", int(event.subject or 0)), None)
            self._said.pop(int(event.subject or 0), None)
        self._meshes |= meshes
        for mesh_id in meshes:
            self._tell(mesh_id)

    @property
    def subscription(self) -> Subscription:
        """What it subscribes to; a first subscription begins with the oldest event."""
        return Subscription(
            chat_reports.NAME, self.handle, chat_reports.WANTED, from_the_beginning=True
        )

    def wake(self) -> None:
        """Find rooms that the bot has come into, and say what is due there."""
        connected = set(self._rooms.connected())
        for mesh_id in connected - self._was_connected:
            self._tell(mesh_id)
        self._was_connected = connected

    def stop(self) -> None:
        """Say nothing any more; pending reports are left to the next supervisor.  Idempotent."""
        self._stopped = True
        for task in self._telling.values():
            task.cancel()

    # ---- Private -----------------------------------------------------------------------------

    def _report(self, job: Job) -> None:
        if job.status in FINISHED:
            self._said.pop(job.id, None)
            return
        now = self._clock.now()
        said = self._said.get(job.id)
        if said is None:
            said = self._said[job.id] = progress.begin(job, now)
        text = progress.news(job, said, now, self._interval())
        if text is not None:
            # Progress answers nothing.
            before = self._messages.get((job.mesh_id, job.id))
            message = notice(job, text, "progress", changes=before)
            if message is not None:
                self._rooms.say(message)

    def _tell(self, mesh_id: str) -> None:
        if self._stopped or (self._is_loaded and mesh_id not in self._meshes):
            return
        if mesh_id not in self._rooms.connected():
            return
        self._news.add(mesh_id)
        if mesh_id in self._telling:
            return
        task = asyncio.create_task(self._tell_all(mesh_id), name=f"tell {mesh_id}")
        self._telling[mesh_id] = task
        task.add_done_callback(partial(self._on_said, mesh_id))

    async def _tell_all(self, mesh_id: str) -> None:
        while mesh_id in self._news:
            self._news.discard(mesh_id)
            reports = await self._engine.do(
                lambda db, _transaction: chat_reports.pending(db, mesh_id, AT_ONCE)
            )
            if not reports:
                await self._look_whether_all_is_said(mesh_id)
            for report in reports:
                began = self._clock.now()
                if not await self._say(report):
                    asyncio.get_running_loop().call_later(TELL_AGAIN, self._tell, mesh_id)
                    return
                self._engine.post(partial(_note, report))
                if self._clock.now() - began > STALE:
                    break
            if reports:
                self._news.add(mesh_id)

    async def _look_whether_all_is_said(self, mesh_id: str) -> None:
        # Before the look: what comes behind it is added again.
        self._meshes.discard(mesh_id)
        is_any = True
        try:
            is_any = await self._engine.do(
                lambda db, _transaction: chat_reports.is_any(db, mesh_id)
            )
        finally:
            if is_any:
                self._meshes.add(mesh_id)

    async def _say(self, report: Report) -> bool:
        job = report.job
        if report.what == "question":
            text = progress.question(job, self._prefix(), self._clock.now())
        else:
            text = progress.outcome(job)
        message = notice(job, text, report.what, reply_to=report.asked_in)
        # What is for no user there counts as said.
        return message is None or await self._rooms.tell(message)

    def _on_said(self, mesh_id: str, task: asyncio.Task[None]) -> None:
        del self._telling[mesh_id]
        if task.cancelled():
            return
        if (error := task.exception()) is None:
            if mesh_id in self._news:
                self._tell(mesh_id)
        else:
            asyncio.get_running_loop().call_later(TELL_AGAIN, self._tell, mesh_id)
            log.error(
                "notifications about jobs in %s wait: %s",
                mesh_id,
                error,
                extra={"event": "jobs.untold", "mesh_id": mesh_id},
            )


def _note(report: Report, db: sqlite3.Connection, _transaction: Transaction) -> None:
    chat_reports.said(db, report)
