"""What is made of every error that a MongoDB server can answer, with one that says its lines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson.datetime_ms import DatetimeMS
from bson.timestamp import Timestamp
from mockupdb import CommandBase, MockupDB, OpMsg  # type: ignore[import-untyped]

from meshvisor.features.access.supervisor.directory.backend import (
    DirectoryRefusedError,
    DirectoryUnreachableError,
)
from meshvisor.features.access.supervisor.directory.model import Account, Admin, Snapshot
from meshvisor.features.access.supervisor.directory.mongodb import MongoBackend
from tests.mongo import config, opened

NOON = datetime(2026, 3, 1, 12, 0, 0, 123_000, tzinfo=UTC)
PATIENCE = 15
"""Seconds that a line of the script waits for its cue."""

COLLECTIONS = ("credentials", "admin_users", "command_permissions")


class Script:
    """A server that receives what a test expects and answers what it says."""

    def __init__(self, server: MockupDB) -> None:
        self.server = server

    async def next(self, command: str) -> Any:
        """Wait for a command; return the request, which has to be answered."""
        request = await asyncio.to_thread(self.server.receives, timeout=PATIENCE)
        assert next(iter(request.doc)) == command, request
        return request

    async def answer_load(self, admins: Sequence[dict[str, Any]] = ()) -> None:
        """Answer three reads."""
        for name in COLLECTIONS:
            request = await self.next("find")
            assert request["find"] == name
            found = list(admins) if name == "admin_users" else []
            request.ok(cursor={"id": 0, "ns": f"x.{name}", "firstBatch": found})


@asynccontextmanager
async def scripted(
    *, timeout: float = PATIENCE, replica_set: bool = False
) -> AsyncIterator[tuple[Script, MongoBackend]]:
    """Yield a server and a backend on it."""
    server = MockupDB()
    server.run()
    hello: dict[str, Any] = {"maxWireVersion": 21, "minWireVersion": 8, "ismaster": True}
    if replica_set:
        hello |= {"setName": "rs", "hosts": [server.address_string], "me": server.address_string}
    server.autoresponds(CommandBase("ismaster"), hello)
    try:
        async with opened(config(server.uri, "x"), timeout=timeout) as backend:
            yield Script(server), backend
    finally:
        server.stop()


# ---- Refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "error", "text"),
    [
        (18, DirectoryRefusedError, "does not accept the user and password"),
        (8000, DirectoryRefusedError, "does not accept the user and password"),
        (13, DirectoryRefusedError, "does not let somebody without a user read"),
        (59, DirectoryRefusedError, r"refuses with code 59 \(no\)"),
        (50, DirectoryUnreachableError, "did not answer within"),
        (10107, DirectoryUnreachableError, "not the primary"),
        (13435, DirectoryUnreachableError, "not the primary"),
        (91, DirectoryUnreachableError, "not the primary"),
    ],
)
@pytest.mark.some(4)
async def test_answers(code: int, error: type[Exception], text: str) -> None:
    """Each code is given in words, with the place and the next step."""
    async with scripted() as (script, backend):
        # Each time: what is worth another try is asked for once more by the driver itself.
        script.server.autoresponds(OpMsg("find", "credentials"), ok=0, code=code, errmsg="no")
        with pytest.raises(error, match=text) as caught:
            await backend.load()
        assert backend.place in str(caught.value)


async def test_may_not_write() -> None:
    """A user who may read and not write gets that error."""
    async with scripted() as (script, backend):
        writing = asyncio.create_task(backend.put_admin(Admin("1", NOON)))
        (await script.next("update")).command_err(code=13, errmsg="not authorized")
        with pytest.raises(
            DirectoryRefusedError, match=r"change the directory: name a user .* readWrite"
        ):
            await writing


async def test_write_refused() -> None:
    """A document that a rule of the server refuses is reported with the rule's words."""
    async with scripted() as (script, backend):
        writing = asyncio.create_task(backend.put_admin(Admin("1", NOON)))
        errors = [{"index": 0, "code": 121, "errmsg": "Document failed validation"}]
        (await script.next("update")).ok(n=0, nModified=0, writeErrors=errors)
        with pytest.raises(DirectoryRefusedError, match=r"121 \(Document failed validation\)"):
            await writing


async def test_write_not_passed_on() -> None:
    """A change that one server took and the others did not in time may be lost, and says so."""
    async with scripted() as (script, backend):
        writing = asyncio.create_task(backend.put_admin(Admin("1", NOON)))
        concern = {"code": 64, "errmsg": "waiting for replication timed out"}
        (await script.next("update")).ok(n=1, nModified=1, writeConcernError=concern)
        with pytest.raises(DirectoryUnreachableError, match="may yet be lost"):
            await writing


# ---- Connections that break ----------------------------------------------------------------------


async def test_hang_up_while_reading() -> None:
    """A connection that breaks in a read is replaced without a word."""
    async with scripted() as (script, backend):
        loading = asyncio.create_task(backend.load())
        (await script.next("find")).hangup()
        await script.answer_load()
        assert await loading == Snapshot()


async def test_hang_up_while_writing() -> None:
    """A connection that breaks in a write is replaced: doing it twice is doing it once."""
    async with scripted() as (script, backend):
        writing = asyncio.create_task(backend.put_admin(Admin("1", NOON)))
        (await script.next("update")).hangup()
        (await script.next("update")).ok(n=1, nModified=0)
        await writing


async def test_hang_up_twice() -> None:
    """A second broken connection is an error, which says that the first change may be there."""
    async with scripted() as (script, backend):
        writing = asyncio.create_task(backend.put_admin(Admin("1", NOON)))
        (await script.next("update")).hangup()
        (await script.next("update")).hangup()
        with pytest.raises(DirectoryUnreachableError, match="may or may not have arrived"):
            await writing


async def test_no_answer() -> None:
    """A server that takes a statement and says nothing about it is given up at the deadline."""
    async with scripted(timeout=0.5) as (script, backend):
        writing = asyncio.create_task(backend.delete_permission("search"))
        await script.next("delete")
        with pytest.raises(DirectoryUnreachableError, match=r"within 0\.5 s; the change may"):
            await writing


async def test_too_old() -> None:
    """A server that the driver does not speak to any more is reported with its remedy."""
    server = MockupDB(auto_ismaster={"maxWireVersion": 5, "minWireVersion": 0})
    server.run()
    try:
        async with opened(config(server.uri, "x"), timeout=2) as backend:
            with pytest.raises(DirectoryUnreachableError, match="use MongoDB 6 or newer"):
                await backend.load()
    finally:
        server.stop()


# ---- Two at the same time ------------------------------------------------------------------------


async def test_inserted_by_another_client() -> None:
    """A document that another client inserts in the same moment is updated then."""
    async with scripted() as (script, backend):
        writing = asyncio.create_task(backend.put_admin(Admin("1", NOON)))
        errors = [{"index": 0, "code": 11000, "errmsg": "E11000 duplicate key"}]
        (await script.next("update")).ok(n=0, nModified=0, writeErrors=errors)
        (await script.next("update")).ok(n=1, nModified=1)
        await writing


async def test_newer_account_to_the_millisecond() -> None:
    """Whether the account that is there is older is the server's to say, in one statement."""
    async with scripted() as (script, backend):
        writing = asyncio.create_task(backend.put_account(Account("1_a", NOON)))
        errors = [{"index": 0, "code": 11000, "errmsg": "E11000 duplicate key"}]
        for _ in range(2):
            request = await script.next("update")
            assert request["updates"][0]["q"]["updatedAt"] == {"$lte": NOON.replace(tzinfo=None)}
            request.ok(n=0, nModified=0, writeErrors=errors)
        there = {"_id": "bot_credentials", "updatedAt": NOON + timedelta(milliseconds=1)}
        cursor = {"id": 0, "ns": "x.credentials", "firstBatch": [there]}
        (await script.next("find")).ok(cursor=cursor)
        await writing


# ---- Change streams ------------------------------------------------------------------------------


async def _waiting(script: Script, backend: MongoBackend) -> asyncio.Task[None]:
    """Load, and begin to wait."""
    loading = asyncio.create_task(backend.load())
    await script.answer_load()
    return asyncio.create_task(backend.wait_for_change(await loading))


def _stream(events: Sequence[object] = (), *, number: int = 7, batch: str = "firstBatch") -> Any:
    return {"id": number, "ns": "x.$cmd.aggregate", batch: list(events)}


async def test_stream_tells() -> None:
    """On a replica set the server tells; nothing is lost between the load and the stream."""
    async with scripted(replica_set=True) as (script, backend):
        waiting = await _waiting(script, backend)
        opening = await script.next("aggregate")
        assert "$changeStream" in opening["pipeline"][0]
        opening.ok(cursor=_stream(), operationTime=Timestamp(1, 1))
        # Compared only after the stream is open.
        await script.answer_load()
        more = await script.next("getMore")
        assert not waiting.done()
        event = {"_id": {"_data": "1"}, "operationType": "insert"}
        more.ok(cursor=_stream([event], batch="nextBatch"))
        (await script.next("killCursors")).ok(cursorsKilled=[7])
        await waiting


async def test_change_before_the_stream() -> None:
    """A change between the load and the opening of the stream is found by comparing."""
    async with scripted(replica_set=True) as (script, backend):
        waiting = await _waiting(script, backend)
        (await script.next("aggregate")).ok(cursor=_stream(), operationTime=Timestamp(1, 1))
        await script.answer_load([{"_id": "1", "isActive": True}])
        (await script.next("killCursors")).ok(cursorsKilled=[7])
        await waiting


@pytest.mark.parametrize("code", [13, 59, 40324, 40573])
async def test_no_streams(code: int) -> None:
    """Where streams are not to be had the content is looked at, and streams not asked for again."""
    async with scripted(replica_set=True) as (script, backend):
        waiting = await _waiting(script, backend)
        (await script.next("aggregate")).command_err(code=code, errmsg="no")
        await script.answer_load()
        await script.answer_load([{"_id": "1", "isActive": True}])
        await waiting
        waiting = await _waiting(script, backend)
        await script.answer_load([{"_id": "1", "isActive": True}])
        await waiting


async def test_lost_place_in_history() -> None:
    """A stream that cannot go on counts as a change: what has happened is unknown."""
    async with scripted(replica_set=True) as (script, backend):
        waiting = await _waiting(script, backend)
        (await script.next("aggregate")).ok(cursor=_stream(), operationTime=Timestamp(1, 1))
        await script.answer_load()
        (await script.next("getMore")).command_err(code=286, errmsg="history is lost")
        (await script.next("killCursors")).ok(cursorsKilled=[7])
        await waiting


async def test_stream_is_silent() -> None:
    """A stream on a server that says nothing any more raises."""
    async with scripted(replica_set=True, timeout=0.5) as (script, backend):
        waiting = await _waiting(script, backend)
        (await script.next("aggregate")).ok(cursor=_stream(), operationTime=Timestamp(1, 1))
        await script.answer_load()
        await script.next("getMore")
        with pytest.raises(DirectoryUnreachableError):
            await waiting


async def test_cancelled_while_silent() -> None:
    """Listening to a stream can be cancelled although the server says nothing any more."""
    async with scripted(replica_set=True) as (script, backend):
        waiting = await _waiting(script, backend)
        (await script.next("aggregate")).ok(cursor=_stream(), operationTime=Timestamp(1, 1))
        await script.answer_load()
        await script.next("getMore")
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await script.next("killCursors")


# ---- Answers that are none -----------------------------------------------------------------------


async def test_dates_that_python_cannot_hold() -> None:
    """A date beyond the year 9999 is a flaw of its document and of no other."""
    async with scripted() as (script, backend):
        loading = asyncio.create_task(backend.load())
        far = {"_id": "1", "isActive": True, "addedAt": DatetimeMS(2**60)}
        await script.answer_load([far, {"_id": "2", "isActive": True}])
        found = await loading
        assert [admin.user_id for admin in found.admins] == ["2"]
        assert "addedAt" in found.flaws[0].why
