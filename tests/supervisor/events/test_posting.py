"""What happens in memory is appended soon, in its order, together and without waiting callers."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from meshvisor.shared.events import log
from meshvisor.shared.events.event import NewEvent
from meshvisor.shared.store.errors import StoreFullError
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.events import posting
from meshvisor.supervisor.events.posting import Posting


def kinds(store: Store) -> list[str]:
    """Return what is in the log."""
    return store.read_now(lambda db: [one.kind for one in log.read(db, 0, 1000).events])


async def test_all_are_appended_in_their_order(tmp_path: Path) -> None:
    """Those of one moment and those that come meanwhile; at the end all of them are there."""
    store = Store.open(tmp_path / "meshvisor.db")
    made = Posting(store)
    for number in range(50):
        made.post(NewEvent(1, f"a.{number}"))
        if number % 10 == 0:
            await asyncio.sleep(0)
    await made.close()
    await made.close()
    assert kinds(store) == [f"a.{number}" for number in range(50)]
    await asyncio.to_thread(store.close)


async def test_what_follows_is_one_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first is written soon, those that come in the pause behind it together, and at the end
    no caller waits for the pause.
    """
    monkeypatch.setattr(posting, "BETWEEN_WRITES", 3600.0)
    store = Store.open(tmp_path / "meshvisor.db")
    write, written, writes = store.write, asyncio.Event(), 0

    async def count(*arguments: Any, **options: Any) -> Any:
        nonlocal writes
        writes += 1
        result = await write(*arguments, **options)
        written.set()
        return result

    monkeypatch.setattr(store, "write", count)
    made = Posting(store)
    made.post(NewEvent(1, "a.0"))
    async with asyncio.timeout(30):
        await written.wait()
    for number in range(1, 20):
        made.post(NewEvent(1, f"a.{number}"))
        await asyncio.sleep(0)
    await made.close()
    assert kinds(store) == [f"a.{number}" for number in range(20)]
    assert writes == 2
    await asyncio.to_thread(store.close)


async def test_a_disk_that_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They wait, up to a number; then the oldest are lost."""
    monkeypatch.setattr(posting, "TRY_AGAIN", 0.001)
    monkeypatch.setattr(posting, "MOST_WAITING", 3)
    store = Store.open(tmp_path / "meshvisor.db")
    write, full = store.write, asyncio.Event()

    async def refuse(*arguments: object, **options: object) -> None:
        full.set()
        raise StoreFullError("there is no room")

    made = Posting(store)
    monkeypatch.setattr(store, "write", refuse)
    for number in range(5):
        made.post(NewEvent(1, f"a.{number}"))
    async with asyncio.timeout(30):
        await full.wait()
    monkeypatch.setattr(store, "write", write)
    await made.close()
    assert kinds(store) == ["a.2", "a.3", "a.4"]
    await asyncio.to_thread(store.close)
