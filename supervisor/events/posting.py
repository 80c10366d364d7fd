"""Appending what happens in memory: the caller does not wait, and what comes together is one write.

Owns what is not written yet.  Called with what is no row of the database itself, such as the state
of a mesh: its event is appended as soon as it can be.  Before that it is lost with the process, and
so is what it tells of.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections import deque
from functools import partial
from typing import Final

from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.events import log
from meshvisor.shared.events.event import NewEvent
from meshvisor.shared.store.store import Store

logger = logging.getLogger(__name__)

MOST_WAITING: Final = 10_000
"""Events that wait while the disk refuses them; then the oldest are lost, and the log says so."""
BETWEEN_WRITES: Final = 0.1
"""Seconds between two writes.  The first event after a quiet time is written at once, because the
caller of what it tells of may ask for it next; while a fleet starts, four for each worker would be
a write each, and each write has subscribers look."""
TRY_AGAIN: Final = 1.0
"""Seconds before they are tried again."""
LAST_WRITE: Final = 2.0
"""Seconds that the end waits for a disk that refuses or is slow."""


class Posting:
    """Collects events; make it inside a running event loop."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: deque[NewEvent] = deque()
        self._lost = 0
        self._task: asyncio.Task[None] | None = None
        self._failed = False
        self._is_closing = False
        self._go_on = asyncio.Event()

    def post(self, event: NewEvent) -> None:
        """Append an event soon, behind those before it."""
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft()
            self._lost += 1
        self._waiting.append(event)
        if self._task is None:
            self._task = asyncio.create_task(self._write_all(), name="post events")

    async def close(self) -> None:
        """Append what waits, if the disk takes it; idempotent."""
        self._is_closing = True
        self._go_on.set()
        if self._task is not None:
            # A write that has begun is not cut off: it would be unknown whether it was done.
            await asyncio.wait((self._task,), timeout=LAST_WRITE)
            if self._task is not None:
                self._task.cancel()
                await asyncio.wait((self._task,))
                self._task = None

    # Private

    async def _write_all(self) -> None:
        while self._waiting:
            try:
                await self._write()
            except (MeshvisorError, sqlite3.Error) as error:
                if not self._failed:
                    self._failed = True
                    logger.error(
                        "events cannot be written, and wait: %s",
                        error,
                        extra={"event": "events.not_written"},
                    )
                await asyncio.sleep(TRY_AGAIN)
                continue
            if self._failed or self._lost:
                logger.warning(
                    "events are written again, %d are lost",
                    self._lost,
                    extra={"event": "events.written_again"},
                )
                self._failed, self._lost = False, 0
            await self._pause(BETWEEN_WRITES)
        self._task = None

    async def _pause(self, seconds: float) -> None:
        """Let events come together; at the end nothing waits."""
        if self._is_closing:
            return
        # A plain timer: a deadline would cancel this task each time.
        self._go_on.clear()
        timer = asyncio.get_running_loop().call_later(seconds, self._go_on.set)
        try:
            await self._go_on.wait()
        finally:
            timer.cancel()

    async def _write(self) -> None:
        events = tuple(self._waiting)
        self._waiting.clear()
        try:
            await self._store.write(partial(_append, events), durable=False)
        except (MeshvisorError, sqlite3.Error):
            self._waiting.extendleft(reversed(events))
            raise


def _append(events: tuple[NewEvent, ...], db: sqlite3.Connection) -> None:
    log.append(db, events)
