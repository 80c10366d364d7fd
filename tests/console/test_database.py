"""Reading the database: once for all who ask the same, and nothing that is older than that."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from meshvisor.console.database import Database
from meshvisor.shared.errors import UnknownError
from meshvisor.shared.store.connection import open_writer
from tests.fleet import PATIENCE


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Return one that is open."""
    open_writer(tmp_path / "meshvisor.db").close()
    made = Database(tmp_path / "meshvisor.db")
    yield made
    made.close()


async def test_many_who_ask_the_same_share_a_read_that_began_after_they_asked(
    database: Database,
) -> None:
    """Those who come while one is under way share the next, and other questions are others'."""
    begun: list[int] = []
    goes_on = threading.Event()

    def work(_db: sqlite3.Connection) -> int:
        begun.append(len(begun))
        assert goes_on.wait(PATIENCE)
        return begun[-1]

    first = [asyncio.create_task(database.share("a", work)) for _ in range(3)]
    while not begun:
        await asyncio.sleep(0)
    later = [asyncio.create_task(database.share("a", work)) for _ in range(3)]
    gone = asyncio.create_task(database.share("a", work))
    await asyncio.sleep(0)
    gone.cancel()
    assert await database.share("b", lambda _db: "other") == "other"
    goes_on.set()

    assert await asyncio.gather(*first) == [0, 0, 0]
    assert await asyncio.gather(*later) == [1, 1, 1]
    assert begun == [0, 1]
    assert await database.share("a", work) == 2


async def test_all_who_share_a_read_hear_that_it_has_failed(database: Database) -> None:
    """And the next one is tried anew."""

    def fails(_db: sqlite3.Connection) -> int:
        raise UnknownError("there is no such thing")

    works: Callable[[sqlite3.Connection], int] = lambda _db: 1  # noqa: E731 - one line each
    results = await asyncio.gather(
        *(database.share("a", fails) for _ in range(2)), return_exceptions=True
    )
    assert [type(result) for result in results] == [UnknownError, UnknownError]
    assert await database.share("a", works) == 1
