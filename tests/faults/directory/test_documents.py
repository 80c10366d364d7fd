"""Documents that were written by hand and that mean nothing, in all three collections."""

from __future__ import annotations

import json
from typing import Any

import pytest

from meshvisor.features.watch_party.protoo.rooms import RoomUser
from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.faults.conftest import StartFleet
from tests.faults.directory.conftest import (
    ADMIN,
    GUEST,
    REFUSED,
    add_admin,
    admin_document,
    answers,
    by_hand,
    directory_of,
    on,
    permission_document,
    said,
    untouched,
    write_credentials,
)
from tests.fleet import Fleet
from tests.mongo import NxServer

pytestmark = pytest.mark.faults

OTHER = RoomUser("902", "other")

WRONG: dict[str, list[dict[str, Any]]] = {
    "credentials": [{"_id": "bot_credentials", "peerId": ["12345_phone"], "authToken": "s3cret"}],
    "admin_users": [
        {"_id": GUEST.id, "isActive": "yes"},
        {"_id": "903", "userId": 904, "isActive": True},
        {"_id": "no id at all", "isActive": True},
    ],
    "command_permissions": [
        {"_id": "ping", "requiresAdmin": "false"},
        {"_id": "uptime", "commandName": "about", "requiresAdmin": False},
    ],
}


async def problems(fleet: Fleet, count: int) -> str:
    """Return the problems that status shows when there are so many."""

    async def find() -> list[str] | None:
        found = (await directory_of(fleet)).problems
        return [*found, "that is all"] if len(found) == count else None

    return "\n".join(await fleet.until_told(find, f"{count} problems"))


async def test_wrong_documents(
    start_fleet: StartFleet, playground: Playground, mongo: NxServer, home: Home
) -> None:
    """Each is reported by its `_id`, gives no user a right, and is used again once it is mended."""
    write_credentials(home, peerId="7_bot", authToken="token")
    await add_admin(mongo)
    fleet = await start_fleet(database=on(mongo))
    before = await fleet.all_are(MeshState.CONNECTED, 2)
    async with by_hand(mongo) as database:
        for collection, documents in WRONG.items():
            for document in documents:
                # The account is there already: the fleet has filled it in.
                which = {"_id": document["_id"]}
                await database[collection].replace_one(which, document, upsert=True)
        await database.admin_users.insert_one(admin_document(OTHER.id))
        listed = await problems(fleet, 7)
        for text in ("'901': isActive", "'903': userId", "'no id at all'", "'ping': requires"):
            assert text in listed
        assert "command_permissions 'uptime': commandName is 'about'" in listed
        assert "bot_credentials" in listed
        assert "s3cret" not in listed
        log = fleet.output
        assert all(line in log for line in listed.splitlines()[:-1])
        # What is broken gives no user a right; what stands beside it is used.
        for command in ("?ping", "?uptime", "?about"):
            await answers(playground, command, GUEST, refused=True)
            await answers(playground, command, OTHER, refused=False)
        assert REFUSED in await said(playground, "cinema", "?listperms", GUEST)
        assert REFUSED in await said(playground, "cinema", "?listperms", RoomUser("903", "x"))
        assert "7_bot" in playground.peers("lobby")
        shown = json.loads((await fleet.command("status", "--json")).out)
        assert len(shown["supervisor"]["directory"]["problems"]) == 7
        for collection, documents in WRONG.items():
            await database[collection].delete_many({"_id": {"$in": [d["_id"] for d in documents]}})
        await database.admin_users.insert_one(admin_document(GUEST.id))
        await database.command_permissions.insert_one(permission_document("ping", for_admins=False))
        assert await problems(fleet, 0) == "that is all"
        await answers(playground, "?listperms", GUEST, refused=False)
        await answers(playground, "?ping", RoomUser("903", "x"), refused=False)
    await untouched(fleet, before)


@pytest.mark.long
async def test_thousands_of_wrong_documents(
    start_fleet: StartFleet, playground: Playground, mongo: NxServer
) -> None:
    """Status still answers and names some, `?refresh` answers in one message, the others work."""
    await add_admin(mongo)
    async with by_hand(mongo) as database:
        await database.admin_users.insert_many(
            [{"_id": f"{number}-{'x' * 100}", "isActive": 7} for number in range(5000)]
        )
    fleet = await start_fleet(database=on(mongo))
    before = await fleet.all_are(MeshState.CONNECTED, 2)
    found = (await directory_of(fleet)).problems
    assert "4900 more documents" in found[-1]
    question = playground.say("lobby", "?refresh", user=ADMIN)
    first = await playground.wait_for_reply("lobby", question)
    assert first.text.startswith("Read anew: 1 admin")
    assert first.text.endswith(" more, which the operator of the bot can see")
    shown = await fleet.command("status")
    assert shown.code == 0
    assert len(shown.out) < 5000
    await untouched(fleet, before)
