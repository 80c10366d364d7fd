"""Trying a MongoDB before it is relied on, and copying decisions to it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from mockupdb import MockupDB  # type: ignore[import-untyped]

from meshvisor.features.access.settings import DatabaseSettings
from meshvisor.features.access.supervisor.directory.backend import (
    DirectoryRefusedError,
    DirectoryUnreachableError,
)
from meshvisor.features.access.supervisor.directory.model import (
    Account,
    Admin,
    Permission,
    Snapshot,
)
from meshvisor.features.access.supervisor.directory.sqlite import SqliteBackend
from meshvisor.features.access.supervisor.directory.trial import (
    Copied,
    copy_decisions,
    examine,
    read_file,
)
from meshvisor.shared.store.store import Store
from tests.mongo import NxServer, config, database, forget_sockets

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SETTINGS = DatabaseSettings(timeout=10)


@pytest.fixture(autouse=True)
def no_leftovers() -> Iterator[None]:
    """Collect what the driver forgets when a server goes away, before another test finds it."""
    yield
    forget_sockets()


async def test_a_server_that_will_do(nx_server: NxServer) -> None:
    """What it holds is read, and nothing is changed by finding out."""
    given = config(nx_server.uri)
    async with database(given) as seen:
        await seen.admin_users.insert_one({"_id": "5", "userId": 5, "isActive": True})
        trial = await examine(given, SETTINGS)
        assert [admin.user_id for admin in trial.snapshot.admins] == ["5"]
        assert await seen.admin_users.count_documents({}) == 1
        assert await seen.command_permissions.count_documents({}) == 0


async def test_no_server_there() -> None:
    """A server that is away is reported as such."""
    with pytest.raises(DirectoryUnreachableError, match="nothing listens there"):
        await examine(config("mongodb://127.0.0.1:1"), DatabaseSettings(timeout=0.5))


@pytest.mark.parametrize("may_write", [True, False])
async def test_a_server_that_says_its_lines(may_write: bool) -> None:
    """A user who may only read is an error before it matters; else the version is known."""
    answers: dict[str, dict[str, Any]] = {
        "ismaster": {"maxWireVersion": 21, "minWireVersion": 8, "ismaster": True},
        "find": {"cursor": {"id": 0, "ns": "x.y", "firstBatch": []}},
        "delete": {"n": 0} if may_write else {"ok": 0, "code": 13, "errmsg": "not authorized"},
        "buildinfo": {"version": "7.0.1"},
        "endsessions": {},
    }

    def answer(request: Any) -> Any:
        return request.reply({"ok": 1} | answers[next(iter(request.doc)).lower()])

    server = MockupDB()
    server.run()
    server.autoresponds(answer)
    try:
        trying = examine(config(server.uri, "x"), SETTINGS)
        if may_write:
            assert (await trying).version == "7.0.1"
        else:
            with pytest.raises(
                DirectoryRefusedError, match="does not let somebody without a user change"
            ):
                await trying
    finally:
        await asyncio.to_thread(server.stop)


async def test_decisions_are_copied(nx_server: NxServer, tmp_path: Path) -> None:
    """All present and former admins and all permissions arrive as they are; accounts stay."""
    admins = (Admin("1", NOON), Admin("2", NOON, "1", is_active=False))
    permissions = (Permission("ping", True, NOON, "1", "say pong"),)
    store = Store.open(tmp_path / "meshvisor.db")
    source = SqliteBackend(store, 1)
    await source.put_account(Account("7_phone", NOON))
    for admin in admins:
        await source.put_admin(admin)
    for permission in permissions:
        await source.put_permission(permission)
    await asyncio.to_thread(store.close)

    found = await read_file(tmp_path / "meshvisor.db")
    given = config(nx_server.uri)
    async with database(given):
        for _ in range(2):
            assert await copy_decisions(found, given, SETTINGS) == Copied(2, 1)
        assert (await examine(given, SETTINGS)).snapshot == Snapshot(None, admins, permissions)
