"""What runners ask for while their jobs run: items, keeping a checkpoint, and what actions ask.

Owns the answers under way, and that a question waits for as long as the disk refuses what it takes.
Does not own what is written for one (`message_handling`), nor the jobs that runners have (`lanes`,
which calls this).
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec

from meshvisor.features.jobs.messages import from_runner as said
from meshvisor.features.jobs.messages.requests import JobResult
from meshvisor.features.jobs.supervisor import message_handling
from meshvisor.features.jobs.supervisor.engine import TRY_AGAIN, Engine
from meshvisor.features.jobs.supervisor.ledger.job import Job
from meshvisor.features.jobs.supervisor.runner import RunnerProcess, Running
from meshvisor.features.jobs.supervisor.transaction import Transaction
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.protocol.frames import FrameTooLongError
from meshvisor.shared.protocol.messages import Message

log = logging.getLogger(__name__)

T = TypeVar("T")

ActionQuestion = said.JobMessage | said.EnqueueRequest | said.StageItems
"""What an action asks of others than its lane."""

Question = said.NeedItems | said.AddItems | said.Checkpoint | ActionQuestion

ActionRequestHandler = Callable[[Job, Message], Awaitable[JobResult]]
"""Given the job that asks and its question; handles whatever goes wrong itself."""

Find = Callable[[str, int, int], Running | None]
"""Returns what runs, by its lane, job and lease; None: that run of the job is over."""

RUN_IS_OVER = "this run of the job is over"


class RunnerQuestions:
    """Answers each question in a task of its own; make it inside a running event loop.

    Args:
        engine: writes what a job needs to get on.
        find: finds the job that asks.
        answer: answers what an action asks for: another job, something to be said.
    """

    def __init__(self, engine: Engine, find: Find, answer: ActionRequestHandler) -> None:
        self._engine = engine
        self._find = find
        self._answer = answer
        self._answers: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        """Answer no more questions; idempotent."""
        for task in self._answers:
            task.cancel()

    def take(self, process: RunnerProcess, message: Question) -> None:
        """Answer a question when there is an answer; returns at once."""
        task = asyncio.create_task(self._carry_out(process, message), name=f"answer {message.type}")
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    # Private

    async def _carry_out(self, process: RunnerProcess, message: Question) -> None:
        try:
            match message:
                case said.NeedItems():
                    await self._give(process, message)
                case said.AddItems():
                    await self._add(process, message)
                case said.Checkpoint():
                    await self._keep(process, message)
                case _:
                    await self._pass_on(process, message)
        except Exception:
            log.exception("what a runner asked for (%s) failed", message.type)

    async def _give(self, process: RunnerProcess, message: said.NeedItems) -> None:
        found = await self._do(process, message, message_handling.need(message))
        running = self._find(process.lane, message.job_id, message.run)
        if found is not None and running is not None:
            items, more = found
            try:
                process.give_items(message, running.job, items, more)
            except (ValueError, FrameTooLongError):
                self._engine.post(message_handling.unsendable(running.job))

    async def _add(self, process: RunnerProcess, message: said.AddItems) -> None:
        try:
            added = await self._do(process, message, message_handling.add(message))
        except MeshvisorError as error:
            added, text = None, str(error)
        else:
            text = RUN_IS_OVER if added is None else f"{added} items are new"
        ok = added is not None
        process.send(
            JobResult(lane=process.lane, reply_to=message.id, ok=ok, text=text, count=added)
        )

    async def _keep(self, process: RunnerProcess, message: said.Checkpoint) -> None:
        try:
            kept = await self._do(process, message, message_handling.checkpoint(message))
        except MeshvisorError as error:
            kept, text = None, str(error)
        else:
            text = RUN_IS_OVER if kept is None else "kept"
        if message.keeps:
            process.send(
                JobResult(lane=process.lane, reply_to=message.id, ok=kept is not None, text=text)
            )

    async def _pass_on(self, process: RunnerProcess, message: ActionQuestion) -> None:
        running = self._find(process.lane, message.job_id, message.run)
        if running is None:
            result = JobResult(ok=False, text=RUN_IS_OVER)
        else:
            result = await self._answer(running.job, message)
        process.send(msgspec.structs.replace(result, lane=process.lane, reply_to=message.id))

    async def _do(
        self,
        process: RunnerProcess,
        message: said.NeedItems | said.AddItems | said.Checkpoint,
        work: Callable[[sqlite3.Connection, Transaction], T | None],
    ) -> T | None:
        """Do what a job needs to get on, however long the disk refuses it; None: its run is over.

        Raises:
            MeshvisorError: it cannot be, whatever the disk does.
        """
        while self._find(process.lane, message.job_id, message.run) is not None:
            try:
                return await self._engine.do(work)
            except (MeshvisorError, sqlite3.Error):
                if self._engine.problem is None:
                    raise
            await asyncio.sleep(TRY_AGAIN)
        return None
