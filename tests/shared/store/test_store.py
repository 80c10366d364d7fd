"""Writing, reading and noticing changes, as the store's users do."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from meshvisor.shared.store.errors import StoreClosedError
from meshvisor.shared.store.store import Store
from tests.shared.store.conftest import Insert

Numbers = Callable[[], list[int]]


def _count(db: sqlite3.Connection) -> int:
    found: int = db.execute("SELECT count(*) FROM numbers").fetchone()[0]
    return found


async def test_a_write_returns_its_value_after_the_commit(store: Store, numbers: Numbers) -> None:
    """Other callers see what one was answered."""
    value = await store.write(
        lambda db: db.execute("INSERT INTO numbers VALUES (7) RETURNING number").fetchone()
    )
    assert value == (7,)
    assert numbers() == [7]


@pytest.mark.parametrize("durable", [True, False])
async def test_many_writers_at_once(
    store: Store, insert: Insert, numbers: Numbers, durable: bool
) -> None:
    """A thousand callers all get their write, flushed or not."""
    await asyncio.gather(*(store.write(insert(n), durable=durable) for n in range(1000)))
    assert numbers() == list(range(1000))


async def test_durable_and_other_writes_mixed(
    store: Store, insert: Insert, numbers: Numbers
) -> None:
    """They keep their order, whichever group they end up in."""
    seen: list[int] = []

    async def write(number: int) -> None:
        await store.write(insert(number), durable=number % 3 == 0)
        seen.append(number)

    await asyncio.gather(*(write(n) for n in range(300)))
    assert seen == list(range(300))
    assert numbers() == list(range(300))


def test_what_has_to_survive_a_power_cut_is_flushed(store: Store) -> None:
    """Durable work runs under synchronous FULL, other work under NORMAL, in any order."""

    def level(db: sqlite3.Connection) -> int:
        found: int = db.execute("PRAGMA synchronous").fetchone()[0]
        return found

    levels = [store.write_now(level, durable=wanted) for wanted in (True, False, False, True)]
    assert levels == [2, 1, 1, 2]


async def test_failing_work_is_undone_alone(store: Store, insert: Insert, numbers: Numbers) -> None:
    """Its error reaches its caller only, and those of the same group are committed."""

    def fails(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO numbers VALUES (1000)")
        raise LookupError("no such thing")

    results = await asyncio.gather(
        store.write(insert(1)),
        store.write(fails),
        store.write(insert(1)),
        store.write(insert(2)),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [
        type(None),
        LookupError,
        sqlite3.IntegrityError,
        type(None),
    ]
    assert numbers() == [1, 2]


def test_threads_write_and_read(store: Store, insert: Insert) -> None:
    """Callers without a loop get values and errors, too."""
    store.write_now(insert(1))
    with pytest.raises(sqlite3.IntegrityError):
        store.write_now(insert(1))
    assert store.read_now(_count) == 1


async def test_a_reader_sees_one_moment(store: Store, insert: Insert) -> None:
    """Writes that are committed while it reads do not change what it reads."""
    await store.write(insert(1))
    reading, go_on = threading.Event(), threading.Event()

    def read(db: sqlite3.Connection) -> tuple[int, int]:
        before = _count(db)
        reading.set()
        go_on.wait()
        return before, _count(db)

    task = asyncio.create_task(store.read(read))
    await asyncio.to_thread(reading.wait)
    await store.write(insert(2))
    assert await store.read(_count) == 2
    go_on.set()
    assert await task == (1, 1)


async def test_a_reader_cannot_write(store: Store, insert: Insert) -> None:
    """It gets an error that its connection is read-only, and can be used again afterwards."""
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await store.read(insert(1))
    assert await store.read(_count) == 0


async def test_the_data_version_tells_of_changes(path: Path, store: Store, insert: Insert) -> None:
    """It stays when nothing happens and changes with commits of this and other processes."""
    first = store.data_version()
    await store.read(_count)
    assert store.data_version() == first
    await store.write(insert(1))
    second = store.data_version()
    assert second != first
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("INSERT INTO numbers VALUES (2)")
    connection.close()
    assert store.data_version() not in (first, second)


async def test_a_cancelled_caller_does_no_harm(
    store: Store, insert: Insert, numbers: Numbers
) -> None:
    """Others of its group are written, and what had not begun is left out."""
    working, go_on = threading.Event(), threading.Event()

    def hold(db: sqlite3.Connection) -> None:
        working.set()
        go_on.wait()

    tasks = [asyncio.create_task(store.write(hold))]
    await asyncio.to_thread(working.wait)
    tasks += [asyncio.create_task(store.write(insert(n))) for n in range(3)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    tasks[2].cancel()
    await asyncio.sleep(0)
    go_on.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    cancelled = [isinstance(result, asyncio.CancelledError) for result in results]
    assert cancelled == [True, False, True, False]
    assert numbers() == [0, 2]


def test_the_loop_of_a_caller_ends(store: Store, insert: Insert, numbers: Numbers) -> None:
    """The writer survives it and finishes what it was given."""
    working, go_on = threading.Event(), threading.Event()

    def hold(db: sqlite3.Connection) -> None:
        working.set()
        go_on.wait()
        insert(1)(db)

    async def leave() -> None:
        task = asyncio.create_task(store.write(hold))
        await asyncio.to_thread(working.wait)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(leave())
    go_on.set()
    store.write_now(insert(2))
    assert numbers() == [1, 2]


async def test_closing_commits_what_was_accepted(
    store: Store, insert: Insert, numbers: Numbers
) -> None:
    """All of it, and its callers get an error."""
    tasks = [asyncio.create_task(store.write(insert(n))) for n in range(2000)]
    await asyncio.sleep(0)
    store.close()
    assert numbers() == list(range(2000))
    await asyncio.gather(*tasks)


async def test_a_closed_store_refuses_everything(store: Store, insert: Insert) -> None:
    """Each call says so; closing again is none."""
    store.close()
    store.close()
    for call in (store.write, store.read):
        with pytest.raises(StoreClosedError):
            await call(insert(1))
    for blocking in (store.write_now, store.read_now):
        with pytest.raises(StoreClosedError):
            blocking(insert(1))
    with pytest.raises(StoreClosedError):
        store.data_version()


def test_nothing_is_left_beside_a_closed_database(store: Store, path: Path) -> None:
    """The log has gone into the main file, so that a copy of it is a backup."""
    store.read_now(_count)
    store.data_version()
    store.close()
    assert [file.name for file in path.parent.iterdir()] == [path.name]


async def test_no_thread_is_needed_later(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An open store writes and reads on a machine that has no thread left."""
    store = Store.open(path)
    with monkeypatch.context() as short:
        short.setattr(threading.Thread, "start", _refuse)
        await store.write(lambda db: db.execute("CREATE TABLE numbers (number)"))
        reads = (store.read(lambda db: db.execute("SELECT 1").fetchone()) for _ in range(8))
        assert await asyncio.gather(*reads) == [(1,)] * 8
        store.close()


def test_no_thread_to_open_it_with(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that cannot be opened for want of a thread leaves the file to others."""
    with monkeypatch.context() as short:
        short.setattr(threading.Thread, "start", _refuse)
        with pytest.raises(RuntimeError, match="can't start new thread"):
            Store.open(path)
    Store.open(path).close()


def _refuse(_thread: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


async def test_a_reader_that_was_left_in_the_middle(store: Store, insert: Insert) -> None:
    """Work that fails half way through its rows shows no other caller what it has seen."""
    for number in (1, 2):
        await store.write(insert(number))

    def give_up(db: sqlite3.Connection) -> None:
        rows = db.execute("SELECT number FROM numbers")
        raise ValueError(f"enough: {next(rows)}")

    with pytest.raises(ValueError, match="enough") as kept:
        await store.read(give_up)
    await store.write(insert(3))
    for _ in range(10):
        (count,) = await store.read(
            lambda db: db.execute("SELECT count(*) FROM numbers").fetchone()
        )
        assert count == 3
    assert kept.value.__traceback__ is not None
