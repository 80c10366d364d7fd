"""What people in rooms ask the supervisor for: taken, answered, and never too much at once.

Owns the tasks that answer, and how many there are.  Does not own what is done
(`supervisor.room_answers`).
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections import Counter
from typing import Final

import msgspec

from meshvisor.features.fleet.supervisor.worker import WorkerProcess
from meshvisor.shared.protocol.messages import Message
from meshvisor.supervisor.room_answers import RoomAnswers

MOST_OPEN: Final = 16
"""Requests of one worker that are answered at a time; far more than admins type, and few enough
that a worker that floods holds up only itself."""

log = logging.getLogger(__name__)


class RoomRequests:
    """Requests that are being answered."""

    def __init__(self, answers: RoomAnswers) -> None:
        self._answers = answers
        self._tasks: set[asyncio.Task[None]] = set()
        self._open: Counter[WorkerProcess] = Counter()
        """Not by PID, which all workers of `--single-process` share."""

    def take(self, process: WorkerProcess, request: Message) -> None:
        """Begin to answer a request; returns at once."""
        if self._open[process] >= MOST_OPEN:
            refusal = self._answers.refused(request, "One at a time, please.")
            self._reply(process, request, refusal)
            return
        # Counted here and not in the task: a flood comes in one piece, before any task has begun.
        self._open[process] += 1
        task = asyncio.create_task(
            self._carry_out(process, request), name=f"{request.type} in {process.mesh_id}"
        )
        self._tasks.add(task)
        task.add_done_callback(functools.partial(self._ended, process))

    def stop(self) -> None:
        """Cancel what is being answered; idempotent."""
        for task in self._tasks:
            task.cancel()

    async def _carry_out(self, process: WorkerProcess, request: Message) -> None:
        try:
            result = await self._answers.answer(process.mesh_id, request)
        except Exception:
            # A defect of ours must not leave a user without an answer, nor end the fleet.
            log.exception(
                "%s could not be carried out",
                getattr(request, "command", request.type),
                extra={"event": "admin.crashed", "mesh_id": process.mesh_id},
            )
            result = self._answers.refused(request, "That failed; the supervisor's log says why.")
        self._reply(process, request, result)

    def _ended(self, process: WorkerProcess, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._open -= Counter({process: 1})

    def _reply(self, process: WorkerProcess, request: Message, result: Message) -> None:
        process.send(msgspec.structs.replace(result, mesh_id=process.mesh_id, reply_to=request.id))
