"""Finds jobs that run and get nowhere: no outcome of an item and no checkpoint for a while.

Owns the look and the notice.  A notice ends nothing: what hangs is ended by its item's time-out or
by its heartbeat, and what is only slow shall go on.  Each job is noticed once until it gets on.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from meshvisor.features.jobs.supervisor.engine import Engine
from meshvisor.features.jobs.supervisor.ledger import time_limits
from meshvisor.features.jobs.supervisor.ledger.job import Millis
from meshvisor.features.jobs.supervisor.runner import Running
from meshvisor.features.jobs.supervisor.transaction import Transaction
from meshvisor.shared.clock import Clock

log = logging.getLogger(__name__)

LOOKS: Final = 4
"""Looks within the time after which a job is stuck: it is noticed a quarter of that too late."""

LONGEST_PAUSE: Final = 60.0
"""Seconds between two looks, each of which costs a comparison for each job that runs."""


class StuckWatch:
    """Looks after jobs that run.

    Args:
        running: asked for the jobs that runners have.
        engine: writes the notice.
        clock: says since when.
        after: asked for the seconds after which a job is stuck; 0: none is.
    """

    def __init__(
        self,
        running: Callable[[], Iterable[Running]],
        engine: Engine,
        clock: Clock,
        after: Callable[[], float],
    ) -> None:
        self._running = running
        self._engine = engine
        self._clock = clock
        self._after = after

    async def watch(self) -> None:
        """Look for ever."""
        while True:
            after = self._after()
            await asyncio.sleep(min(after / LOOKS, LONGEST_PAUSE) if after else LONGEST_PAUSE)
            self.scan()

    def scan(self) -> None:
        """Notice those that are stuck."""
        after, now = self._after(), self._clock.monotonic()
        if not after:
            return
        for running in self._running():
            idle = now - running.progressed_at
            if idle >= after and running.job.stuck_since is None and running.stop is None:
                self._notice(running, idle)

    def _notice(self, running: Running, idle: float) -> None:
        job = running.job
        log.warning(
            "job %d (%s) in %s has come to no item and no checkpoint for %.0f s",
            job.id,
            job.action,
            job.mesh_id,
            idle,
            extra={"event": "job.stuck", "mesh_id": job.mesh_id},
        )
        self._engine.post(partial(_mark, job.id, job.run, round(idle * 1000)))


def _mark(
    job_id: int, run: int, idle: int, db: sqlite3.Connection, transaction: Transaction
) -> None:
    since = Millis(transaction.now - idle)
    transaction.changed(time_limits.mark_stuck(db, job_id, run, since, transaction.now))
