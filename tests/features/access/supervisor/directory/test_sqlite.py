"""What is particular to the directory in SQLite: that others write into its tables by hand."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from meshvisor.features.access.supervisor.directory.backend import Backend
from meshvisor.features.access.supervisor.directory.model import Admin, Permission
from meshvisor.features.access.supervisor.directory.sqlite import QUERIES, SqliteBackend
from meshvisor.shared.errors import MissingError
from meshvisor.shared.store.store import Store
from tests.directories import NOON, TOKEN, DirectoryHome, account


@pytest.fixture
async def backend(place: DirectoryHome) -> Backend:
    """Return a backend."""
    return (await place.open()).directory.backend


async def test_written_by_hand(place: DirectoryHome, backend: Backend) -> None:
    """Rows that are typed in the documented columns are read as our own are."""
    place.by_hand("INSERT INTO admin_users VALUES ('5', '5', NULL, 1000, 1)")
    place.by_hand(
        "INSERT INTO command_permissions (_id, commandName, requiresAdmin, updatedAt) "
        "VALUES ('Ping', 'Ping', 1, 2000)"
    )
    place.by_hand(
        "INSERT INTO credentials (_id, peerId, updatedAt) VALUES ('bot_credentials', '1_a', 3000)"
    )
    found = await backend.load()
    assert found.admins == (Admin("5", datetime.fromtimestamp(1, UTC)),)
    assert found.permissions == (Permission("Ping", True, datetime.fromtimestamp(2, UTC)),)
    assert found.account is not None
    assert (found.account.peer_id, found.account.user_id) == ("1_a", "1")
    assert found.flaws == ()


async def test_far_moments(place: DirectoryHome, backend: Backend) -> None:
    """Moments of far years lose no millisecond, and numbers that are none are the nearest one."""
    for year in (1970, 2300, 2600, 9999):
        moment = datetime(year, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)
        await backend.put_account(account(updated_at=moment))
        kept = (await backend.load()).account
        assert kept is not None
        assert kept.updated_at == moment
    for number, year in ((-(2**63), 1970), (2**63 - 1, 9999)):
        place.by_hand("UPDATE credentials SET updatedAt = ?", number)
        kept = (await backend.load()).account
        assert kept is not None
        assert kept.updated_at.year == year


async def test_account_without_peer_id(place: DirectoryHome, backend: Backend) -> None:
    """An account without a peer id is a flaw and is not used."""
    await backend.put_account(account())
    place.by_hand("UPDATE credentials SET peerId = ''")
    found = await backend.load()
    assert found.account is None
    assert [str(flaw) for flaw in found.flaws] == [
        "credentials 'bot_credentials': peerId is empty; it must be a peer id"
    ]


async def test_text_that_is_none(place: DirectoryHome, backend: Backend) -> None:
    """Bytes that are no text are refused without being repeated."""
    await backend.put_account(account())
    place.by_hand(
        "UPDATE credentials SET authToken = CAST(x'ff' || authToken AS TEXT), email = 'x'"
    )
    with pytest.raises(MissingError, match="text that is no UTF-8") as caught:
        await backend.load()
    assert TOKEN not in repr(caught.value)
    assert caught.value.__suppress_context__
    place.by_hand("UPDATE credentials SET authToken = 'new'")
    assert (await backend.load()).account == account("new", email="x")


async def test_table_that_is_gone(place: DirectoryHome, backend: Backend) -> None:
    """A database that was torn apart is one sentence, for reads and writes."""
    seen = await backend.load()
    place.by_hand("DROP TABLE admin_users")
    place.by_hand("DROP TABLE directory_version")
    with pytest.raises(MissingError, match="no such table"):
        await backend.load()
    with pytest.raises(MissingError, match="no such table"):
        await backend.wait_for_change(seen)
    with pytest.raises(MissingError, match="no such table"):
        await backend.put_admin(Admin("1", NOON))


async def test_trigger_that_refuses(place: DirectoryHome, backend: Backend) -> None:
    """A change that a foreign trigger refuses is one sentence, and changes nothing."""
    await backend.put_admin(Admin("1", NOON))
    before = await backend.load()
    with place.refusing("admin_users"):
        with pytest.raises(MissingError, match="there is no room"):
            await backend.put_admin(Admin("1", NOON, is_active=False))
        assert await backend.load() == before


@pytest.mark.parametrize(
    ("query", "table"),
    [
        ("version", "directory_version"),
        ("account", "credentials"),
        ("admins", "admin_users"),
        ("permissions", "command_permissions"),
    ],
)
async def test_loading_sorts_nothing(
    place: DirectoryHome, backend: Backend, query: str, table: str
) -> None:
    """All is read in the order in which it lies."""
    assert place.plan(QUERIES[query]) == [f"SCAN {table}"]


async def test_changes_are_noticed_soon(place: DirectoryHome) -> None:
    """What others write is noticed in a moment, however seldom a server would be asked."""
    store = (await place.open()).store
    backend = SqliteBackend(store, poll_interval=3600)
    waiting = asyncio.create_task(backend.wait_for_change(await backend.load()))
    await asyncio.wait([waiting], timeout=0.1)
    place.by_hand("INSERT INTO admin_users VALUES ('5', '5', NULL, 1000, 1)")
    async with asyncio.timeout(30):
        await waiting


async def test_looking_reads_nothing(place: DirectoryHome, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables are read only after a commit."""
    store = (await place.open()).store
    backend = SqliteBackend(store, poll_interval=0.001)
    seen = await backend.load()
    looks, reads = 0, 0
    data_version, read = Store.data_version, Store.read

    def counted_look(store: Store) -> int:
        nonlocal looks
        looks += 1
        return data_version(store)

    async def counted_read(store: Store, work: Callable[[sqlite3.Connection], Any]) -> Any:
        nonlocal reads
        reads += 1
        return await read(store, work)

    monkeypatch.setattr(Store, "data_version", counted_look)
    monkeypatch.setattr(Store, "read", counted_read)
    waiting = asyncio.create_task(backend.wait_for_change(seen))
    while looks < 5:
        await asyncio.sleep(0)
    assert reads == 1
    # A commit that is none of the directory's.
    place.by_hand("INSERT INTO audit_log VALUES (1, 1, 'a', 'b', 'c', 'd', 'e', 'f')")
    while reads < 2:
        await asyncio.sleep(0)
    place.by_hand("INSERT INTO admin_users VALUES ('5', '5', NULL, 1000, 1)")
    await waiting
