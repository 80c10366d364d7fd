"""MongoDB that dies, freezes, comes back, and what stands in its documents."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from meshvisor.features.access.supervisor.directory.backend import DirectoryUnreachableError
from meshvisor.features.access.supervisor.directory.documents import ACCOUNT_ID
from meshvisor.features.access.supervisor.directory.model import (
    Account,
    Admin,
    Permission,
    Snapshot,
)
from meshvisor.features.access.supervisor.directory.mongodb import MongoBackend
from tests.mongo import NxServer, config, database, opened

NOON = datetime(2026, 3, 1, 12, 0, 0, 123_000, tzinfo=UTC)
ACCOUNT = Account(peer_id="12345_phone", updated_at=NOON, user_id="12345")

Call = Callable[[MongoBackend], Awaitable[object]]

CALLS: dict[str, Call] = {
    "load": lambda backend: backend.load(),
    "wait_for_change": lambda backend: backend.wait_for_change(Snapshot()),
    "put_account": lambda backend: backend.put_account(ACCOUNT),
    "put_admin": lambda backend: backend.put_admin(Admin("1", NOON)),
    "put_permission": lambda backend: backend.put_permission(Permission("search", True, NOON)),
    "delete_permission": lambda backend: backend.delete_permission("search"),
}
CHANGES = {name: call for name, call in CALLS.items() if "_" in name and name != "wait_for_change"}

SHORT = 0.5
"""Seconds as deadline of calls that are meant to run into it."""

calls = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


# ---- Documents as others see them ----------------------------------------------------------------


async def test_documents_of_others(nx_server: NxServer) -> None:
    """What other programs share is found under the names and in the types that they use."""
    given = config(nx_server.uri)
    async with database(given) as db, opened(given) as backend:
        await backend.put_account(replace(ACCOUNT, email="bot@example.com", device_id="phone"))
        await backend.put_admin(Admin("12345", NOON, added_by="67890"))
        await backend.put_permission(Permission("search", False, NOON, "a-b", "finds"))
        assert await db.credentials.find_one() == {
            "_id": ACCOUNT_ID,
            "email": "bot@example.com",
            "deviceId": "phone",
            "ssaid": "",
            "parseId": "",
            "parseToken": "",
            "authToken": "",
            "userId": 12345,
            "peerId": "12345_phone",
            "updatedAt": NOON,
        }
        assert await db.admin_users.find_one() == {
            "_id": "12345",
            "userId": 12345,
            "addedBy": 67890,
            "addedAt": NOON,
            "isActive": True,
        }
        assert await db.command_permissions.find_one() == {
            "_id": "search",
            "commandName": "search",
            "requiresAdmin": False,
            "description": "finds",
            "updatedAt": NOON,
            "updatedBy": "a-b",
        }


async def test_fields_of_others_stay(nx_server: NxServer) -> None:
    """Fields that mean nothing to us outlive our changes."""
    given = config(nx_server.uri)
    async with database(given) as db, opened(given) as backend:
        await db.admin_users.insert_one({"_id": "1", "isActive": True, "note": "founder"})
        await backend.put_admin(Admin("1", NOON, is_active=False))
        found = await db.admin_users.find_one()
        assert (found["note"], found["isActive"]) == ("founder", False)


@pytest.mark.parametrize(
    "moment", ["2020-01-01T00:00:00Z", 1_577_836_800_000, "soon", True], ids=repr
)
async def test_odd_moment_is_replaced(nx_server: NxServer, moment: object) -> None:
    """An account whose moment is of another type is replaced when it is older or says nothing."""
    given = config(nx_server.uri)
    async with database(given) as db, opened(given) as backend:
        await db.credentials.insert_one({"_id": ACCOUNT_ID, "peerId": "1_old", "updatedAt": moment})
        await backend.put_account(ACCOUNT)
        assert (await backend.load()).account == ACCOUNT


@pytest.mark.parametrize("moment", ["2099-01-01T00:00:00Z", 4_070_908_800_000], ids=repr)
async def test_odd_moment_that_is_newer(nx_server: NxServer, moment: object) -> None:
    """An account whose moment is of another type and newer stays."""
    given = config(nx_server.uri)
    async with database(given) as db, opened(given) as backend:
        await db.credentials.insert_one({"_id": ACCOUNT_ID, "peerId": "1_new", "updatedAt": moment})
        await backend.put_account(ACCOUNT)
        found = (await backend.load()).account
        assert found is not None
        assert found.peer_id == "1_new"


async def test_a_flaw_hides_nothing_else(nx_server: NxServer) -> None:
    """A document that cannot be read is reported and all others are used."""
    given = config(nx_server.uri)
    async with database(given) as db, opened(given) as backend:
        await db.admin_users.insert_one({"_id": "1", "isActive": "yes"})
        await backend.put_admin(Admin("2", NOON))
        found = await backend.load()
        assert found.admins == (Admin("2", NOON),)
        assert [str(flaw) for flaw in found.flaws] == [
            "admin_users '1': isActive is 'yes'; allowed: true or false"
        ]


async def test_change_by_hand_is_noticed(nx_server: NxServer) -> None:
    """A change to a field that means nothing to us is one, too: nothing is decoded to compare."""
    given = config(nx_server.uri)
    async with database(given) as db, opened(given) as backend:
        await backend.put_admin(Admin("1", NOON))
        seen = await backend.load()
        waiting = asyncio.create_task(backend.wait_for_change(seen))
        await db.admin_users.update_one({"_id": "1"}, {"$set": {"note": "founder"}})
        await waiting
        assert (await backend.load()).version != seen.version


async def test_ten_thousand(nx_server: NxServer) -> None:
    """Ten thousand admins are loaded, and as long as nothing changes they are decoded once."""
    given = config(nx_server.uri)
    async with database(given) as db, opened(given, timeout=30) as backend:
        await db.admin_users.insert_many(
            [{"_id": str(n), "userId": n, "isActive": True} for n in range(10_000)]
        )
        found = await backend.load()
        assert len(found.admins) == 10_000
        assert await backend.load() is found


# ---- A server that fails -------------------------------------------------------------------------


@calls
@pytest.mark.some(2)
async def test_no_server_there(own_server: NxServer, call: Call) -> None:
    """Where nothing listens every call says so, and what to do."""
    own_server.kill()
    async with opened(config(own_server.uri), timeout=SHORT) as backend:
        with pytest.raises(DirectoryUnreachableError, match=r"nothing listens there.*; start"):
            await call(backend)


@calls
@pytest.mark.some(2)
async def test_frozen(own_server: NxServer, call: Call) -> None:
    """A server that holds its connections and says nothing does not hold up callers for ever."""
    async with opened(config(own_server.uri), timeout=SHORT) as backend:
        await backend.load()
        own_server.freeze()
        with pytest.raises(DirectoryUnreachableError, match=r"did not answer within 0\.5 s"):
            await call(backend)
        own_server.thaw()


@pytest.mark.parametrize("call", CHANGES.values(), ids=CHANGES)
@pytest.mark.some(2)
async def test_outcome_is_unknown(own_server: NxServer, call: Call) -> None:
    """A change that was sent and not answered says that it may have arrived."""
    async with opened(config(own_server.uri), timeout=SHORT) as backend:
        await backend.load()
        own_server.freeze()
        with pytest.raises(DirectoryUnreachableError, match="may or may not have arrived"):
            await call(backend)


@calls
@pytest.mark.some(2)
async def test_after_a_freeze(own_server: NxServer, call: Call) -> None:
    """A call that was given up leaves the backend usable when the server goes on."""
    async with opened(config(own_server.uri), timeout=SHORT) as backend:
        await backend.load()
        own_server.freeze()
        with pytest.raises(DirectoryUnreachableError):
            await call(backend)
        own_server.thaw()
        await _eventually(lambda: backend.put_admin(Admin("7", NOON)))
        assert Admin("7", NOON) in (await _eventually(backend.load)).admins


async def test_cancelled_in_a_freeze(own_server: NxServer) -> None:
    """A call that its caller cancels leaves the backend usable, too."""
    async with opened(config(own_server.uri), timeout=30) as backend:
        await backend.load()
        own_server.freeze()
        call = asyncio.create_task(backend.load())
        await asyncio.wait([call], timeout=0.1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        own_server.thaw()
        assert await backend.load() == Snapshot()


async def test_killed_and_started_again(own_server: NxServer) -> None:
    """After a power cut of the server all is there and it connects again by itself."""
    async with opened(config(own_server.uri), timeout=30) as backend:
        await backend.put_admin(Admin("1", NOON))
        own_server.kill()
        own_server.start()
        await backend.put_admin(Admin("2", NOON))
        own_server.kill()
        own_server.start()
        assert (await backend.load()).admins == (Admin("1", NOON), Admin("2", NOON))


async def test_killed_while_a_caller_waits(own_server: NxServer) -> None:
    """A caller that waits for a change learns that none will be reported any more."""
    async with opened(config(own_server.uri), timeout=SHORT) as backend:
        seen = await backend.load()
        waiting = asyncio.create_task(backend.wait_for_change(seen))
        own_server.kill()
        with pytest.raises(DirectoryUnreachableError):
            await waiting


async def test_closing_in_a_freeze(own_server: NxServer) -> None:
    """Closing does not wait for a server that does not answer; nothing goes on afterwards."""
    before = asyncio.all_tasks()
    async with opened(config(own_server.uri)) as backend:
        await backend.load()
        own_server.freeze()
    await _until(lambda: asyncio.all_tasks() <= before)
    own_server.thaw()


async def test_connections(own_server: NxServer) -> None:
    """One connection for statements and one that watches the server; none after closing."""
    async with opened(config(own_server.uri)) as backend:
        for _ in range(3):
            await backend.load()
            await backend.put_admin(Admin("1", NOON))
        assert own_server.connections == 2
    await _until(lambda: own_server.connections == 0)


async def test_options_reach_the_driver(own_server: NxServer) -> None:
    """The options of the file are what the driver works with."""
    given = config(own_server.uri, minPoolSize=3, maxPoolSize=10, socketTimeoutMS=45_000)
    async with opened(given) as backend:
        await backend.load()
        # Those of the pool and the one that watches.
        await _until(lambda: own_server.connections == 4)


async def test_unknown_name() -> None:
    """A host that no name server knows is reported as such."""
    async with opened(config("mongodb://no-such-host.invalid", "x"), timeout=2) as backend:
        with pytest.raises(DirectoryUnreachableError, match=r"host name is not known|not answer"):
            await backend.load()


async def test_the_loop_goes_on(nx_server: NxServer) -> None:
    """Decoding many documents happens beside the loop."""
    given = config(nx_server.uri)
    async with database(given) as db, opened(given, timeout=30) as backend:
        await db.admin_users.insert_many([{"_id": str(n), "isActive": True} for n in range(2_000)])
        loading = asyncio.create_task(backend.load())
        turns = 0
        while not loading.done():
            turns += 1
            await asyncio.sleep(0)
        assert turns > 10


async def _eventually(call: Callable[[], Awaitable[Any]]) -> Any:
    """Return what a call returns once the server is reachable again."""
    while True:
        try:
            return await call()
        except DirectoryUnreachableError:
            await asyncio.sleep(0.01)


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.01)
