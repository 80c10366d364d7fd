"""Groups of writes: how they form, how they end, and what survives them."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from meshvisor.shared.store.store import Store
from meshvisor.shared.store.writer import MAX_GROUP_TIME, MAX_TASKS, Call, GroupLostError
from tests.clock import ManualClock
from tests.shared.store.conftest import Insert, make_table

Numbers = Callable[[], list[int]]
Work = Callable[[sqlite3.Connection], object]


class Held:
    """Work that keeps the writer busy until it is let go."""

    def __init__(self) -> None:
        self._working = threading.Event()
        self._go_on = threading.Event()

    def work(self, db: sqlite3.Connection) -> None:
        """Keep the writer busy."""
        self._working.set()
        self._go_on.wait()

    async def begun(self) -> None:
        """Wait until the writer is in it."""
        await asyncio.to_thread(self._working.wait)

    def let_go(self) -> None:
        """Let it end."""
        self._go_on.set()


@pytest.fixture
def clock() -> ManualClock:
    """Return a clock that stands still: no group ends because this machine is slow."""
    return ManualClock()


@pytest.fixture
def store(path: Path, clock: ManualClock) -> Iterator[Store]:
    """Return an open store with the table `numbers`."""
    store = Store.open(path, clock=clock)
    store.write_now(make_table)
    yield store
    store.close()


async def _together(store: Store, *works: Work, durable: bool = True) -> list[object]:
    """Give work to the writer while it is busy, so that it finds all of it at once."""
    held = Held()
    first = asyncio.create_task(store.write(held.work, durable=durable))
    await held.begun()
    tasks = [asyncio.create_task(store.write(work, durable=durable)) for work in works]
    await asyncio.sleep(0)
    held.let_go()
    results = await asyncio.gather(first, *tasks, return_exceptions=True)
    return results[1:]


def _transaction_number(seen: list[int]) -> Work:
    """Return work that notes which commit it belongs to, by what others can see of it."""

    def work(db: sqlite3.Connection) -> None:
        path = db.execute("PRAGMA database_list").fetchone()[2]
        other = sqlite3.connect(path)
        seen.append(other.execute("SELECT count(*) FROM numbers").fetchone()[0])
        other.close()
        db.execute("INSERT INTO numbers VALUES (?)", (len(seen),))

    return work


async def test_what_waits_is_committed_together(store: Store) -> None:
    """No reader sees any of a group before all of it is there."""
    seen: list[int] = []
    await _together(store, *[_transaction_number(seen)] * 50)
    assert seen == [0] * 50


async def test_a_group_has_an_end(store: Store) -> None:
    """More than fits is committed in several groups."""
    seen: list[int] = []
    note = _transaction_number(seen)
    await _together(store, *[note] * (MAX_TASKS + 10))
    # The one that held the writer was the first of its group.
    assert seen == [0] * (MAX_TASKS - 1) + [MAX_TASKS - 1] * 11


async def test_slow_work_ends_its_group(store: Store, clock: ManualClock) -> None:
    """Those before it are committed and reported before those after it begin."""
    seen: list[int] = []
    note = _transaction_number(seen)

    def slow(db: sqlite3.Connection) -> None:
        note(db)
        clock.advance(MAX_GROUP_TIME)

    held = Held()
    first = asyncio.create_task(store.write(held.work))
    await held.begun()
    tasks = [asyncio.create_task(store.write(work)) for work in (note, slow, note, note)]
    await asyncio.sleep(0)
    held.let_go()
    await asyncio.gather(first, *tasks)
    assert seen == [0, 0, 2, 2]


async def test_what_is_left_of_a_group_keeps_its_order(store: Store, clock: ManualClock) -> None:
    """What was there from the start waits for the next group, too, in its order."""
    seen: list[int] = []
    note = _transaction_number(seen)

    def slow(db: sqlite3.Connection) -> None:
        note(db)
        clock.advance(MAX_GROUP_TIME)

    await _together(store, lambda db: clock.advance(MAX_GROUP_TIME), slow, note, slow, note)
    assert seen == [0, 1, 1, 3]


async def test_a_group_that_is_not_flushed_takes_no_durable_work(
    store: Store, insert: Insert
) -> None:
    """It is committed first, and the durable work begins a group that is flushed."""
    seen: list[int] = []
    note = _transaction_number(seen)

    def level(db: sqlite3.Connection) -> int:
        note(db)
        found: int = db.execute("PRAGMA synchronous").fetchone()[0]
        return found

    held = Held()
    first = asyncio.create_task(store.write(held.work, durable=False))
    await held.begun()
    tasks = [
        asyncio.create_task(store.write(level, durable=wanted)) for wanted in (False, True, False)
    ]
    await asyncio.sleep(0)
    held.let_go()
    await first
    assert await asyncio.gather(*tasks) == [1, 2, 2]
    assert seen == [0, 1, 1]


@pytest.mark.parametrize("raised", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_nothing_kills_the_writer(
    store: Store, insert: Insert, numbers: Numbers, raised: BaseException
) -> None:
    """Whatever work raises is raised where it was given, and the next is done."""

    def work(db: sqlite3.Connection) -> None:
        insert(1)(db)
        raise raised

    with pytest.raises(type(raised)):
        store.write_now(work)
    store.write_now(insert(2))
    assert numbers() == [2]


async def test_an_error_that_a_future_cannot_carry(store: Store, insert: Insert) -> None:
    """StopIteration arrives as a RuntimeError and not never."""
    with pytest.raises(RuntimeError, match="StopIteration"):
        await store.write(lambda db: next(iter([])))
    await store.write(insert(1))


@pytest.mark.parametrize("statement", ["COMMIT", "ROLLBACK"])
async def test_work_that_ends_the_transaction(
    store: Store, insert: Insert, numbers: Numbers, statement: str
) -> None:
    """It is a mistake that its whole group hears of; the writer goes on."""
    results = await _together(store, insert(1), lambda db: db.execute(statement), insert(2))
    assert {type(result) for result in results} == {GroupLostError}
    await store.write(insert(3))
    assert 3 in numbers()


async def test_work_that_closes_the_connection(store: Store, insert: Insert) -> None:
    """It fails, and the writer opens another one."""
    results = await _together(store, lambda db: db.close())
    assert isinstance(results[0], sqlite3.ProgrammingError)
    await store.write(insert(1))


async def test_a_commit_that_fails_undoes_the_group(
    store: Store, insert: Insert, numbers: Numbers
) -> None:
    """Every caller hears of it, one with an error of its own of that, and nothing is there."""
    await store.write(
        lambda db: db.execute(
            "CREATE TABLE later (number REFERENCES numbers DEFERRABLE INITIALLY DEFERRED)"
        )
    )

    def fails(db: sqlite3.Connection) -> None:
        raise LookupError

    results = await _together(
        store, insert(1), fails, lambda db: db.execute("INSERT INTO later VALUES (9)"), insert(2)
    )
    assert [type(result) for result in results] == [
        sqlite3.IntegrityError,
        LookupError,
        sqlite3.IntegrityError,
        sqlite3.IntegrityError,
    ]
    assert numbers() == []
    await store.write(insert(3))
    assert numbers() == [3]


async def test_what_follows_from_a_commit_comes_before_its_callers(
    store: Store, insert: Insert
) -> None:
    """What a look at a commit returns is done in its loop before any of them goes on; a commit that
    another loop's caller or a thread has asked for is reported all the same.
    """
    seen: list[str] = []
    done = asyncio.Event()
    loop = asyncio.get_running_loop()

    def news() -> None:
        seen.append("news")
        done.set()

    store.after_commit(lambda _db: Call(loop, news))
    await _together(store, insert(1), insert(2))
    seen.append("caller")
    assert seen[0] == "news"
    assert seen[-1] == "caller"
    done.clear()
    await asyncio.to_thread(store.write_now, insert(3))
    await done.wait()


async def test_a_commit_wakes_a_loop_once(
    store: Store, insert: Insert, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what follows from it and with all of its outcomes."""
    loop = asyncio.get_running_loop()
    store.after_commit(lambda _db: Call(loop, lambda: None))
    await store.write(insert(1))
    woken: list[object] = []
    call = loop.call_soon_threadsafe

    def counted(*args: Any, **options: Any) -> asyncio.Handle:
        woken.append(args[0])
        return call(*args, **options)

    monkeypatch.setattr(loop, "call_soon_threadsafe", counted)
    await store.write(insert(2))
    assert len(woken) == 1
