"""A log for each test, in a real database."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

import pytest

from meshvisor.shared.events import log
from meshvisor.shared.events.event import Event, NewEvent
from meshvisor.shared.events.subscriptions import Batch, Subscription, Subscriptions
from meshvisor.shared.store.store import Store
from tests.clock import ManualClock


def appending(*kinds: str, at: int = 1) -> Callable[[sqlite3.Connection], None]:
    """Return work that appends one event of each kind."""
    return lambda db: log.append(db, [NewEvent(at, kind) for kind in kinds])


class Listener:
    """A subscriber that notes what it is handed."""

    def __init__(self) -> None:
        self.heard: list[Event] = []
        self.before: Callable[[Batch], None] = lambda batch: None
        self._news = asyncio.Condition()

    async def handle(self, batch: Batch) -> None:
        """Note it."""
        self.before(batch)
        async with self._news:
            self.heard += batch.events
            self._news.notify_all()

    @property
    def kinds(self) -> list[str]:
        """What was heard."""
        return [event.kind for event in self.heard]

    async def until(self, count: int) -> Sequence[Event]:
        """Return what was heard, when that is so much."""
        async with asyncio.timeout(30), self._news:
            await self._news.wait_for(lambda: len(self.heard) >= count)
        return self.heard


class House:
    """A store and the subscribers to its log."""

    def __init__(self, path: Path) -> None:
        self.clock = ManualClock()
        self.store = Store.open(path, clock=self.clock)
        self._running: list[tuple[Subscriptions, asyncio.Task[None]]] = []

    async def append(self, *kinds: str) -> None:
        """Append one event of each kind."""
        await self.store.write(appending(*kinds))

    async def run(self, *subscriptions: Subscription) -> Subscriptions:
        """Notify them."""
        made = Subscriptions(self.store, self.clock)
        for one in subscriptions:
            made.add(one)
        await made.start()
        self._running.append((made, asyncio.create_task(made.run())))
        return made

    async def stop(self) -> None:
        """Stop all deliveries, politely."""
        while self._running:
            made, task = self._running.pop()
            task.cancel()
            await asyncio.wait((task,))
            await made.close()

    async def kill(self) -> None:
        """Stop all deliveries; nothing is saved any more."""
        while self._running:
            made, task = self._running.pop()
            tasks = [task, *(one.task for one in made._subscribers if one.task is not None)]
            for one in tasks:
                one.cancel()
            await asyncio.wait(tasks)
            self.store.after_commit(None)

    async def close(self) -> None:
        """End it."""
        await self.kill()
        await asyncio.to_thread(self.store.close)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Return an empty log."""
    made = House(tmp_path / "meshvisor.db")
    yield made
    await made.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return a store with an empty log."""
    made = Store.open(tmp_path / "meshvisor.db")
    yield made
    made.close()
