"""The contract of everything in the supervisor that has a life of its own.

Owns the four methods and what each of them promises.  Does not own the order in which services are
started and stopped (`meshvisor.supervisor.composition`), nor what follows when `run` fails
(`meshvisor.supervisor.duties`).  `tests/supervisor/test_service_contract.py` is the same contract
as tests, and every service passes it.

The life of a service::

    made ──start──▶ started ──run──▶ running ──run is cancelled──▶ started ──stop──▶ stopped
      │                │                │                                               ▲
      │                │                └── run has failed: called again, after a pause │
      └──── stop ──────┴────────────────────── stop ────────────────────────────────────┘
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from meshvisor.shared.settings.model import Settings


class Stopping(msgspec.Struct, frozen=True):
    """How a service is to be stopped."""

    timeout: float
    """Seconds for the polite part; 0: there is none."""
    force: asyncio.Event
    """Once set, what is left of the polite part is skipped; it may be set from the beginning."""


class Service(Protocol):
    """A part of the supervisor with a life of its own; all methods are called in one event loop.

    Making one opens nothing and begins nothing, so that one which is never started need not be
    stopped.
    """

    async def start(self) -> None:
        """Open and begin what `run` and others need; called once, before `run`.

        One that fails, or is cancelled, leaves nothing behind: no process, task, descriptor or file
        of its own.  `stop` may follow all the same.

        Raises:
            MeshvisorError: something is missing, and the operator who reads the message can mend
                it.
            OSError: the machine has no process, descriptor, memory or room for it.
        """
        ...

    async def run(self) -> None:
        """Do what this service does, until it is cancelled; one that has nothing to do waits.

        When it is cancelled nothing that it began goes on, and what `start` has opened stays open.
        It may fail with any error, for which it needs no handling of its own: the failure is
        shown to operators, and `run` is called again after a pause.  So it keeps no state that only
        its own frame knows, and each call begins with a look at what there is.
        """
        ...

    async def stop(self, stopping: Stopping) -> None:
        """End everything politely, what does not end in time by force, and release it.

        It is idempotent, may come before `start` or after one that failed, and comes after `run`
        has ended.  It returns when everything has ended.  Cancelled, it may leave something behind.

        Args:
            stopping: how much time there is.
        """
        ...

    def configure(self, settings: Settings) -> None:
        """Take over new settings at once, at any time before `stop`; called again, the last hold.

        What cannot be changed while it runs stays as it was.
        """
        ...


class ForOneRun:
    """Marks a service that also works where no fleet runs: for one job in the foreground.

    Others are made there, too, and answer requests as if nothing had happened yet.
    """


class QuietService:
    """A service that does nothing; a base for those that need only some of the four methods."""

    async def start(self) -> None:
        """Open nothing."""

    async def run(self) -> None:
        """Wait until it is cancelled."""
        await asyncio.get_running_loop().create_future()

    async def stop(self, stopping: Stopping) -> None:
        """Release nothing."""

    def configure(self, settings: Settings) -> None:
        """Take over nothing."""


class Runner(QuietService):
    """A service that only runs.

    Args:
        run: as `Service.run`.
    """

    def __init__(self, run: Callable[[], Awaitable[None]]) -> None:
        self._run = run

    async def run(self) -> None:
        """Run."""
        await self._run()
