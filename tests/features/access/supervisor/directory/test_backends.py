"""What every database of the directory does alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from meshvisor.features.access.supervisor.directory.backend import Backend
from meshvisor.features.access.supervisor.directory.model import (
    Account,
    Admin,
    Permission,
    Snapshot,
)
from meshvisor.features.access.supervisor.directory.sqlite import SqliteBackend
from meshvisor.shared.store.store import Store
from tests.mongo import NxServer, config, database, external_uri, opened

NOON = datetime(2026, 3, 1, 12, 0, 0, 123_000, tzinfo=UTC)
LATER = NOON + timedelta(milliseconds=1)

ACCOUNT = Account(
    peer_id="12345_phone",
    updated_at=NOON,
    email="bot@example.com",
    device_id="phone",
    ssaid="xyz789",
    parse_id="id123",
    parse_token=SecretStr("token456"),
    auth_token=SecretStr("auth789"),
    user_id="12345",
)


class Pair:
    """Two backends on one database, as two supervisors have them."""

    def __init__(self, one: Backend, other: Backend) -> None:
        self.one = one
        self.other = other


@asynccontextmanager
async def _sqlite(path: Path) -> AsyncIterator[Pair]:
    stores = [Store.open(path) for _ in range(2)]
    try:
        one, other = (SqliteBackend(store, 0.05) for store in stores)
        yield Pair(one, other)
    finally:
        for store in stores:
            store.close()


@asynccontextmanager
async def _mongo(uri: str) -> AsyncIterator[Pair]:
    given = config(uri)
    async with database(given), opened(given) as one, opened(given) as other:
        yield Pair(one, other)


@pytest.fixture(params=["sqlite", "nx", *(["external"] if external_uri() else [])])
async def pair(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Pair]:
    """Return two backends on an empty database of each kind."""
    async with AsyncExitStack() as stack:
        if request.param == "sqlite":
            manager: Any = _sqlite(tmp_path / "meshvisor.db")
        elif request.param == "nx":
            server: NxServer = request.getfixturevalue("nx_server")
            manager = _mongo(server.uri)
        else:
            manager = _mongo(external_uri() or "")
        yield await stack.enter_async_context(manager)


@pytest.fixture
def backend(pair: Pair) -> Backend:
    """Return one backend on an empty database."""
    return pair.one


# ---- What is kept --------------------------------------------------------------------------------


async def test_empty(backend: Backend) -> None:
    """A new database holds nothing, and nothing is wrong with it."""
    assert await backend.load() == Snapshot()


async def test_account_survives(pair: Pair) -> None:
    """Every field of the account comes back as it was, also to another client."""
    await pair.one.put_account(ACCOUNT)
    assert await pair.other.load() == Snapshot(account=ACCOUNT)


async def test_account_with_little(backend: Backend) -> None:
    """An account of which little is known is kept as well."""
    little = Account(peer_id="bot_x", updated_at=NOON)
    await backend.put_account(little)
    assert (await backend.load()).account == little


@pytest.mark.parametrize(
    "user_id",
    ["12345", "007", "9223372036854775807", "9223372036854775808", "a1-b2", "A.b", "null"],
)
async def test_ids(backend: Backend, user_id: str) -> None:
    """Ids of any kind come back as the same text, whether they can be a number or not."""
    await backend.put_account(replace(ACCOUNT, user_id=user_id))
    await backend.put_admin(Admin(user_id, NOON, added_by=user_id))
    await backend.put_permission(Permission("search", True, NOON, updated_by=user_id))
    found = await backend.load()
    assert found.account is not None
    assert found.account.user_id == user_id
    assert found.admins == (Admin(user_id, NOON, user_id),)
    assert found.permissions == (Permission("search", True, NOON, user_id),)
    assert not found.flaws


async def test_unknown_moments(backend: Backend) -> None:
    """They come back as that, and not as a moment."""
    await backend.put_admin(Admin("1", None))
    await backend.put_permission(Permission("search", True, None))
    found = await backend.load()
    assert found.admins == (Admin("1", None),)
    assert found.permissions == (Permission("search", True, None),)


async def test_moments(backend: Backend) -> None:
    """Moments are kept to the millisecond and come back in UTC, whatever zone they came from."""
    berlin = NOON.astimezone(timezone(timedelta(hours=2)))
    await backend.put_admin(Admin("1", berlin))
    await backend.put_admin(Admin("2", datetime(2099, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)))
    first, second = (await backend.load()).admins
    assert first.added_at == NOON
    assert first.added_at.utcoffset() == timedelta()
    assert second.added_at == datetime(2099, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)


async def test_admins_in_order(backend: Backend) -> None:
    """Admins and permissions come in the order of their names, with those who were."""
    for user_id in ("3", "1", "2"):
        await backend.put_admin(Admin(user_id, NOON, is_active=user_id != "2"))
    for command in ("search", "dance", "roll"):
        await backend.put_permission(Permission(command, False, NOON))
    found = await backend.load()
    assert [(admin.user_id, admin.is_active) for admin in found.admins] == [
        *[("1", True), ("2", False), ("3", True)]
    ]
    assert [permission.command for permission in found.permissions] == ["dance", "roll", "search"]


# ---- Changes -------------------------------------------------------------------------------------


async def test_admin_changes(backend: Backend) -> None:
    """Putting an admin again replaces what was known, also to none any more."""
    await backend.put_admin(Admin("1", NOON, "7"))
    await backend.put_admin(Admin("1", LATER, None, is_active=False))
    assert (await backend.load()).admins == (Admin("1", LATER, None, is_active=False),)


async def test_permission_changes(backend: Backend) -> None:
    """Putting a permission again replaces what was known."""
    await backend.put_permission(Permission("search", True, NOON, "7", "finds"))
    await backend.put_permission(Permission("search", False, LATER, None, "finds more"))
    assert (await backend.load()).permissions == (
        Permission("search", False, LATER, None, "finds more"),
    )


async def test_permission_forgotten(backend: Backend) -> None:
    """A permission that is forgotten is gone, and forgetting it once more is no error."""
    await backend.put_permission(Permission("search", True, NOON))
    await backend.put_permission(Permission("dance", True, NOON))
    await backend.delete_permission("search")
    await backend.delete_permission("search")
    assert (await backend.load()).permissions == (Permission("dance", True, NOON),)


@pytest.mark.parametrize("moment", [NOON, LATER, NOON + timedelta(days=400)])
async def test_newer_account(backend: Backend, moment: datetime) -> None:
    """An account that is not older than the kept one replaces it, as often as that happens."""
    await backend.put_account(ACCOUNT)
    for peer_id in ("1_a", "1_b"):
        newer = replace(ACCOUNT, peer_id=peer_id, updated_at=moment)
        await backend.put_account(newer)
        assert (await backend.load()).account == newer


async def test_older_account(backend: Backend) -> None:
    """An account that is older than the kept one changes nothing and is no error."""
    # A whole second, for nx-27017 compares no smaller parts of them.
    older = replace(ACCOUNT, peer_id="1_old", updated_at=NOON - timedelta(seconds=1))
    await backend.put_account(ACCOUNT)
    await backend.put_account(older)
    assert (await backend.load()).account == ACCOUNT


async def test_odd_texts(backend: Backend) -> None:
    """Texts that mean something to a database are only texts."""
    odd = ["a.b", "$set", "'; DROP TABLE", "%", "ü" * 100, "{}"]
    for text in odd:
        await backend.put_permission(Permission(text, True, NOON, None, text))
    assert [each.command for each in (await backend.load()).permissions] == sorted(odd)
    for text in odd:
        await backend.delete_permission(text)
    assert (await backend.load()) == Snapshot()


async def test_many_at_once(pair: Pair) -> None:
    """Changes of two supervisors at the same time all arrive."""
    numbers = range(40)
    await asyncio.gather(
        *((pair.one, pair.other)[n % 2].put_admin(Admin(str(n % 20), NOON)) for n in numbers)
    )
    found = await pair.one.load()
    assert {admin.user_id for admin in found.admins} == {str(n) for n in range(20)}


# ---- Waiting -------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["account", "admin", "permission", "delete"])
async def test_change_is_noticed(pair: Pair, what: str) -> None:
    """Whatever another client changes is noticed by a waiting one, and then found."""
    await pair.one.put_permission(Permission("search", True, NOON))
    seen = await pair.one.load()
    waiting = asyncio.create_task(pair.one.wait_for_change(seen))
    await asyncio.wait([waiting], timeout=0.2)
    assert not waiting.done()
    if what == "account":
        await pair.other.put_account(ACCOUNT)
    elif what == "admin":
        await pair.other.put_admin(Admin("1", NOON))
    elif what == "permission":
        await pair.other.put_permission(Permission("search", False, LATER))
    else:
        await pair.other.delete_permission("search")
    await waiting
    assert await pair.one.load() != seen


async def test_change_before_waiting(pair: Pair) -> None:
    """A change between loading and waiting is not lost."""
    seen = await pair.one.load()
    await pair.other.put_admin(Admin("1", NOON))
    await pair.one.wait_for_change(seen)
    assert [admin.user_id for admin in (await pair.one.load()).admins] == ["1"]


async def test_own_change(backend: Backend) -> None:
    """Its own change counts as one, too."""
    seen = await backend.load()
    await backend.put_admin(Admin("1", NOON))
    await backend.wait_for_change(seen)


async def test_same_again(backend: Backend) -> None:
    """Nothing changed: the same is loaded again."""
    await backend.put_account(ACCOUNT)
    first = await backend.load()
    second = await backend.load()
    assert first == second
    assert first.version == second.version


async def test_waiting_is_cancelled(backend: Backend) -> None:
    """A wait can be cancelled at any moment, and the backend can still be used."""
    seen = await backend.load()
    waiting = asyncio.create_task(backend.wait_for_change(seen))
    await asyncio.wait([waiting], timeout=0.1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await backend.load() == seen


async def test_closed_twice(backend: Backend) -> None:
    """Closing it twice is no error."""
    await backend.load()
    await backend.close()
    await backend.close()


# ---- Realms --------------------------------------------------------------------------------------

ODD_IDS = (
    "@ann:example.org",
    "!a1b2c3d4",
    "alice@localhost",
    "[]\\`^{}|_",
    "12345",
    "a/b",
    "é" * 255,
)


@pytest.mark.parametrize("user_id", ODD_IDS)
async def test_ids_of_other_networks(backend: Backend, user_id: str) -> None:
    """They come back in their own spelling, beside the same id on the platform."""
    theirs = Admin(user_id, NOON, f"irc/{user_id}", realm="irc")
    ours = Admin("12345", NOON)
    await backend.put_admin(ours)
    await backend.put_admin(theirs)
    await backend.put_permission(Permission("search", True, NOON, f"irc/{user_id}", realm="irc"))
    await backend.put_permission(Permission("search", False, NOON))
    found = await backend.load()
    assert found.admins == (ours, theirs)
    assert found.permissions == (
        Permission("search", True, NOON, f"irc/{user_id}", realm="irc"),
        Permission("search", False, NOON),
    )
    assert not found.flaws


async def test_one_realm_is_changed(backend: Backend) -> None:
    """What is said about a user or command of one leaves the others."""
    for realm in ("", "irc", "matrix"):
        await backend.put_admin(Admin("12345", NOON, realm=realm))
        await backend.put_permission(Permission("search", True, NOON, realm=realm))
    await backend.put_admin(Admin("12345", LATER, is_active=False, realm="irc"))
    await backend.delete_permission("matrix/search")
    found = await backend.load()
    assert {(a.realm, a.is_active) for a in found.admins} == {
        ("", True),
        ("irc", False),
        ("matrix", True),
    }
    assert [p.realm for p in found.permissions] == ["irc", ""]
