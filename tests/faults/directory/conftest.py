"""Fleets whose directory is on a server that a test may kill, freeze and write to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from pymongo import AsyncMongoClient

from meshvisor.features.access.results import DirectoryStatus
from meshvisor.features.watch_party.protoo.rooms import RoomUser
from meshvisor.playground.server import VISITOR, Playground
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.fleet import PATIENCE, Fleet
from tests.mongo import NxServer
from tests.status import StatusReport

ADMIN: Final = VISITOR
"""Who may administer every fleet here."""

GUEST: Final = RoomUser("901", "guest")
"""Who may not."""

NAME: Final = "fleet"
"""Of the database."""

NOON: Final = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

REFUSED: Final = "Only admins may use"
"""The answer to a user who may not use a command."""


@pytest.fixture
def mongo(tmp_path: Path) -> Iterator[NxServer]:
    """Return a server of the test's own, with `ADMIN` in its database."""
    with NxServer(tmp_path) as server:
        yield server


def on(server: NxServer, **settings: Any) -> dict[str, Any]:
    """Return the section `[database]` for a fleet on this server."""
    return {"uri": f"{server.uri}/{NAME}", "poll_interval": 0.1, "timeout": 1, **settings}


@asynccontextmanager
async def by_hand(server: NxServer) -> AsyncIterator[Any]:
    """Yield the database as another program sees it."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
        server.uri, tz_aware=True, serverSelectionTimeoutMS=PATIENCE * 1000
    )
    async with client:
        yield client[NAME]


async def add_admin(server: NxServer, user_id: str = ADMIN.id) -> None:
    """Make a user an admin by hand."""
    async with by_hand(server) as database:
        await database.admin_users.insert_one(admin_document(user_id))


async def decide(server: NxServer, command: str, *, for_admins: bool) -> None:
    """Decide about a command by hand."""
    fields = permission_document(command, for_admins=for_admins)
    async with by_hand(server) as database:
        await database.command_permissions.replace_one({"_id": command}, fields, upsert=True)


async def decided(server: NxServer) -> dict[str, bool]:
    """Return what the database says about commands."""
    async with by_hand(server) as database:
        found = await database.command_permissions.find().to_list()
    # This server writes truth values as numbers once it has updated them.
    return {each["_id"]: bool(each["requiresAdmin"]) for each in found}


def admin_document(user_id: str) -> dict[str, Any]:
    """Return what makes a user an admin."""
    number = int(user_id)
    return {"_id": user_id, "userId": number, "addedBy": 1, "addedAt": NOON, "isActive": True}


def permission_document(command: str, *, for_admins: bool) -> dict[str, Any]:
    """Return what decides about a command."""
    return {
        "_id": command,
        "commandName": command,
        "requiresAdmin": for_admins,
        "description": "",
        "updatedAt": NOON,
        "updatedBy": 1,
    }


# ---- What a fleet says and does ------------------------------------------------------------------


async def directory_of(fleet: Fleet) -> DirectoryStatus:
    """Return what `meshvisor status` shows of the directory."""
    return (await fleet.status()).supervisor.directory


async def known(fleet: Fleet) -> dict[str, bool]:
    """Return what a supervisor knows about commands, as `decided` does."""
    found = (await fleet.ask("perm_list"))["permissions"]
    return {each["command"]: each["level"] == "admin" for each in found}


async def reachable(fleet: Fleet, *, is_so: bool = True) -> DirectoryStatus:
    """Return what status shows of the directory when that is reachable, or is not."""

    async def find() -> DirectoryStatus | None:
        found = await directory_of(fleet)
        return found if found.reachable is is_so else None

    return await fleet.until_told(find, f"a directory that is {'' if is_so else 'not '}reachable")


async def untouched(fleet: Fleet, before: StatusReport) -> None:
    """Check that every worker is the one that it was, is in its room, and never was replaced."""
    after = await fleet.all_are(MeshState.CONNECTED, len(before.meshes))
    assert [mesh.pid for mesh in after.meshes] == [mesh.pid for mesh in before.meshes]
    assert {mesh.restarts for mesh in after.meshes} == {0}
    assert after.totals.blocked == 0


async def said(playground: Playground, room: str, text: str, user: RoomUser = ADMIN) -> str:
    """Return what the bot of a room answers."""
    return (await playground.ask(room, text, user=user, timeout=PATIENCE)).text


async def answers(
    playground: Playground, text: str, user: RoomUser, *, refused: bool, rooms: Any = ("lobby",)
) -> None:
    """Return when the bots of all these rooms refuse a command to a user, or do not."""

    async def ask(room: str) -> None:
        while (REFUSED in await said(playground, room, text, user)) is not refused:
            await asyncio.sleep(0.02)

    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(ask(room) for room in rooms))


def write_credentials(home: Home, **fields: Any) -> None:
    """Write the credentials file as an operator does by hand."""
    home.config.mkdir(mode=0o700, exist_ok=True)
    home.credentials_file.touch(mode=0o600)
    home.credentials_file.write_text(json.dumps(fields))
