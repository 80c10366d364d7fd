"""One life of one child, as the supervisor sees it, whatever connects the two.

Owns how it is asked to end, by ways that become less polite, and how it is killed.  Does not own
starting it nor what follows from its end (`keeper`), nor a channel to it (`child_process`).
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from typing import Any, Protocol

from meshvisor.shared.model.exits import ExitCause

log = logging.getLogger(__name__)

Step = tuple[Callable[[], None], float]
"""A way to tell a child to end, and the seconds that it has for it then."""


class Process(Protocol):
    """A process that was started, whichever process is its parent."""

    @property
    def pid(self) -> int:
        """Its PID."""
        ...

    @property
    def exited(self) -> asyncio.Future[ExitCause]:
        """Done when it is gone."""
        ...

    @property
    def signal(self) -> Callable[[int], None]:
        """Sends it a signal; does nothing when it is gone."""
        ...


class Life:
    """A child that runs; make it inside a running event loop.

    Args:
        name: whom it serves, such as a mesh id.
        process: its process.
        started_at: monotonic seconds.
    """

    def __init__(self, name: str, process: Process, started_at: float) -> None:
        self.name = name
        self.process = process
        self.started_at = started_at
        self.stopping: str | None = None
        """Why it was asked to end; None: it was not."""
        self.fault: str | None = None
        """Why it had to be killed; its end then counts as a crash."""
        loop = asyncio.get_running_loop()
        self.drained: asyncio.Future[None] = loop.create_future()
        """Done when everything that it has said was read; it may be dead by then."""
        self.buried: asyncio.Future[None] = loop.create_future()
        """Done when it is gone, and its keeper has done what follows from that."""
        self._stopper: asyncio.Task[None] | None = None
        self._force = asyncio.Event()

    @property
    def pid(self) -> int:
        """PID of the process."""
        return self.process.pid

    @property
    def exited(self) -> asyncio.Future[ExitCause]:
        """Done when it is gone."""
        return self.process.exited

    @property
    def about(self) -> dict[str, Any]:
        """What log records about it carry, such as its mesh id."""
        return {}

    def stop(self, reason: str, deadline: float) -> None:
        """Begin to stop it, politely at first; returns at once.

        `exited` says when it is gone.  A second call changes nothing.

        Args:
            reason: in a few words.
            deadline: seconds that the polite part has.
        """
        if self._stopper is None:
            self.stopping = reason
            self._stopper = asyncio.create_task(self._escalate(deadline), name=f"stop {self.name}")

    def force(self) -> None:
        """Skip what is left of the polite part of `stop`."""
        self._force.set()

    def kill(self, fault: str) -> None:
        """Send SIGKILL now, because of a fault of the child."""
        self.fault = self.fault or fault
        self.process.signal(signal.SIGKILL)

    def steps(self, deadline: float) -> tuple[Step, ...]:
        """Return how it is asked to end, one way after the other, before it is killed."""
        return ((lambda: self.process.signal(signal.SIGTERM), deadline),)

    def close(self) -> None:
        """Release what belongs to a life that has ended."""
        if self._stopper is not None:
            self._stopper.cancel()

    async def _escalate(self, deadline: float) -> None:
        for tell, seconds in self.steps(deadline):
            tell()
            if await self._gone_within(seconds):
                return
        log.warning(
            "did not end in time and is killed", extra={"event": "worker.killed", **self.about}
        )
        self.process.signal(signal.SIGKILL)

    async def _gone_within(self, seconds: float) -> bool:
        forced = asyncio.ensure_future(self._force.wait())
        try:
            await asyncio.wait(
                (self.exited, forced), timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            forced.cancel()
        return self.exited.done()
