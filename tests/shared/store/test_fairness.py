"""A loop that never rests still gets its writes done, and one that does is not paused."""

from __future__ import annotations

import asyncio
import threading

import pytest

from meshvisor.shared.store.fairness import LOOK_EVERY, PAUSE, Fairness
from meshvisor.shared.store.store import Store
from tests.shared.store.conftest import Insert


async def test_a_busy_loop_gets_its_writes(store: Store, insert: Insert) -> None:
    """It would starve the writer's thread for as long as it computes."""
    tasks = [asyncio.create_task(store.write(insert(number))) for number in range(20)]
    reading = asyncio.create_task(store.read(lambda db: db.execute("SELECT 1").fetchall()))
    while not all(task.done() for task in (*tasks, reading)):
        sum(range(2000))
        await asyncio.sleep(0)
    assert reading.result() == [(1,)]


async def test_a_busy_loop_pauses_while_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only then, and only while it waits for the store."""
    pauses: list[float] = []
    monkeypatch.setattr("meshvisor.shared.store.fairness.time.sleep", pauses.append)
    with Fairness(asyncio.get_running_loop()):
        while len(pauses) < 3:
            sum(range(2000))
            await asyncio.sleep(0)
    assert set(pauses) == {PAUSE}
    await _spin(LOOK_EVERY)  # the last look ends the watch
    pauses.clear()
    await _spin(LOOK_EVERY * 5)
    assert pauses == []


async def _spin(seconds: float) -> None:
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + seconds
    while loop.time() <= ends_at:
        await asyncio.sleep(0)


async def test_an_idle_loop_is_not_paused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the store takes."""
    looks = 0
    looked = asyncio.Event()

    class Watched(Fairness):
        def _look(self) -> None:
            nonlocal looks
            super()._look()
            looks += 1
            if looks == 3:
                looked.set()

    pauses: list[float] = []
    monkeypatch.setattr("meshvisor.shared.store.store.Fairness", Watched)
    monkeypatch.setattr("meshvisor.shared.store.fairness.time.sleep", pauses.append)
    go_on = threading.Event()
    task = asyncio.create_task(store.write(lambda db: go_on.wait()))
    await looked.wait()
    go_on.set()
    assert await task
    assert pauses == []
