"""The event log of a supervisor: asked, followed and cleaned."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest

from meshvisor.shared.events import log
from meshvisor.shared.events.event import NewEvent
from meshvisor.shared.events.log import Wanted
from meshvisor.shared.events.retention import DAY
from meshvisor.shared.events.subscriptions import Batch, Subscription
from meshvisor.shared.settings.kernel import EventSettings, RetentionSettings
from meshvisor.shared.settings.model import Settings, default_settings
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.audit.log import Actor
from meshvisor.supervisor.control.handling import Call
from meshvisor.supervisor.control.requests.events import FollowEvents, follow_events
from meshvisor.supervisor.events.reading import EventReader
from meshvisor.supervisor.events.service import EventService
from meshvisor.supervisor.service_contract import Stopping
from meshvisor.supervisor.services import Services
from tests.clock import ManualClock


class Bench:
    """A store and its event log."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self.clock = ManualClock()
        self.store = Store.open(path, clock=self.clock)
        self.service = EventService(self.store, settings, self.clock)
        self.task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to tell subscribers."""
        await self.service.start()
        self.task = asyncio.create_task(self.service.run())

    async def append(self, *kinds: str, days_ago: float = 0, mesh_id: str | None = None) -> None:
        """Append one event of each kind."""
        at = round(self.clock.wall() * 1000 - days_ago * DAY)
        new = [NewEvent(at, kind, mesh_id=mesh_id) for kind in kinds]
        await self.store.write(lambda db: log.append(db, new))

    async def left(self) -> list[str]:
        """Return what is in the log."""
        page = await self.service.page(0, 1000)
        return [event.kind for event in page.events]

    async def close(self) -> None:
        """End it."""
        if self.task is not None:
            self.task.cancel()
            await asyncio.wait((self.task,))
        await self.service.stop(Stopping(0, asyncio.Event()))
        await asyncio.to_thread(self.store.close)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """Return the log of a home."""
    made = Bench(tmp_path / "meshvisor.db", default_settings())
    yield made
    await made.close()


async def test_pages(bench: Bench) -> None:
    """The newest without a place, the oldest behind one; the same without a supervisor."""
    await bench.append(*(f"a.{n}" for n in range(3)))
    await bench.append("b.x", mesh_id="lobby")
    for reader in (bench.service, EventReader(bench.store)):
        newest = await reader.page(None, 2)
        assert ([event.seq for event in newest.events], newest.next) == ([3, 4], 4)
        first = await reader.page(0, 2)
        assert ([event.seq for event in first.events], first.next) == ([1, 2], 2)
        one = await reader.page(None, 9, Wanted(("b.*",), "lobby"))
        assert [event.seq for event in one.events] == [4]


async def test_requests(bench: Bench) -> None:
    """The past, the mark of the present, and what comes; nothing twice or left out."""
    await bench.start()
    await bench.append("a.1", "b.1")
    services = Services()
    services.provide(EventService, bench.service)
    services.provide(EventReader, bench.service)
    call = Call(Actor("ann", "command line"), services)
    request = FollowEvents(kinds=("a.*",), after=0)
    stream = cast("AsyncGenerator[Any, None]", follow_events.answer(request, call))
    seen: list[Any] = []
    async with asyncio.timeout(30):
        seen += [await anext(stream), await anext(stream)]
        coming = asyncio.ensure_future(anext(stream))
        await bench.append("b.2", "a.2")
        seen.append(await coming)
    await stream.aclose()
    assert [getattr(one, "kind", None) or one.next for one in seen] == ["a.1", 2, "a.2"]
    assert seen[0].model_dump() == {
        "seq": 1,
        "at": "2026-03-01T12:00:00.000+00:00",
        "kind": "a.1",
        "subject": None,
        "mesh_id": None,
        "actor": None,
        "data": {"v": 1},
    }


async def test_cleaning(bench: Bench) -> None:
    """By the settings that hold at the time."""
    await bench.start()
    await bench.append("job.done", "mesh.x", days_ago=5)
    await bench.append("a.now")
    assert await bench.service.clean_up() == 0
    rule = RetentionSettings(kind="job.*", days=2)
    bench.service.configure(default_settings().replaced(rule))
    assert await bench.service.clean_up() == 1
    bench.service.configure(default_settings().replaced(EventSettings(keep_days=1)))
    assert await bench.service.clean_up() == 1
    assert await bench.left() == ["a.now"]


async def test_what_a_reader_outside_has_not_read_stays(bench: Bench) -> None:
    """A process of its own that reads the log says how far it is; one that is not there does not
    hold anything.
    """
    await bench.start()
    place: int | None = 1

    async def read() -> int | None:
        return place

    bench.service.readers.append(read)
    await bench.append("a.x", "a.y", days_ago=50)
    await bench.append("a.now")
    assert await bench.service.clean_up() == 1
    place = None
    assert await bench.service.clean_up() == 1
    assert await bench.left() == ["a.now"]


async def test_what_a_subscriber_has_not_read_stays_for_it(tmp_path: Path) -> None:
    """Up to a limit, beyond which it has lost them."""
    bench = Bench(
        tmp_path / "meshvisor.db", default_settings().replaced(EventSettings(unread_limit=1000))
    )

    async def never(_batch: Batch) -> None:
        await asyncio.get_running_loop().create_future()

    bench.service.subscriptions.add(Subscription("slow", never))
    await bench.start()
    await bench.append(*(f"a.{n}" for n in range(900)), days_ago=50)
    assert await bench.service.clean_up() == 0
    await bench.append(*("b.x" for _ in range(900)))
    async with asyncio.timeout(30):
        while bench.service.subscriptions.last < 1800:
            await asyncio.sleep(0)
    assert await bench.service.clean_up() == 800
    await bench.close()
