"""A directory that is as large as one may become."""

from __future__ import annotations

import json

import pytest

from meshvisor.features.watch_party.protoo.rooms import ChatMessage, RoomUser
from meshvisor.features.watch_party.worker.transport import MAX_CHAT_BYTES
from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from tests.faults.conftest import StartFleet
from tests.faults.directory.conftest import (
    ADMIN,
    GUEST,
    add_admin,
    admin_document,
    answers,
    by_hand,
    decide,
    on,
    permission_document,
    said,
    untouched,
)
from tests.mongo import NxServer

pytestmark = pytest.mark.faults

ADMINS = 10_000
PERMISSIONS = 1_000
MENTIONS = 50


async def one_message(playground: Playground, question: ChatMessage, text: str) -> None:
    """Check that a question gets one answer with this text in it, and the next question another."""
    answer = await playground.wait_for_reply("lobby", question)
    assert text in answer.text
    assert len(answer.text.encode()) <= MAX_CHAT_BYTES
    await said(playground, "lobby", "?ping")
    since = playground.chats("lobby")
    assert [each.id for each in since if each.reply == question.id] == [answer.id]


@pytest.mark.long
async def test_many_admins_and_permissions(
    start_fleet: StartFleet, playground: Playground, mongo: NxServer
) -> None:
    """Ten thousand admins and a thousand permissions: all of them count, and no room drowns."""
    await add_admin(mongo)
    last = RoomUser(str(20_000 + ADMINS - 1), "last")
    async with by_hand(mongo) as database:
        await database.admin_users.insert_many(
            [admin_document(str(20_000 + number)) for number in range(ADMINS)]
        )
        await database.command_permissions.insert_many(
            [permission_document(f"command-{n:04}", for_admins=True) for n in range(PERMISSIONS)]
        )
    fleet = await start_fleet(database=on(mongo, timeout=10, poll_interval=1))
    before = await fleet.all_are(MeshState.CONNECTED, 2)
    directory = before.supervisor.directory
    assert (directory.admins, directory.permissions) == (ADMINS + 1, PERMISSIONS)
    await decide(mongo, "ping", for_admins=True)
    await answers(playground, "?ping", GUEST, refused=True)
    await answers(playground, "?ping", last, refused=False)
    question = playground.say("lobby", "?listperms", user=last)
    await one_message(playground, question, " more.")
    listed = json.loads((await fleet.command("perm", "list", "--json")).out)
    assert len(listed["permissions"]) == PERMISSIONS + 1
    admins = json.loads((await fleet.command("admin", "list", "--json")).out)
    assert len(admins["admins"]) == ADMINS + 1
    await untouched(fleet, before)


@pytest.mark.long
async def test_many_mentions(
    start_fleet: StartFleet, playground: Playground, mongo: NxServer
) -> None:
    """Fifty people become admins at once, and the answer is one message."""
    await add_admin(mongo)
    fleet = await start_fleet(database=on(mongo, timeout=10, poll_interval=1))
    await fleet.worker("lobby")
    people = tuple(RoomUser(str(30_000 + n), f"user{n}") for n in range(MENTIONS))
    text = "?admin " + " ".join(f"@{user.handle}" for user in people)
    question = ChatMessage(text, mentions=people)
    playground.room("lobby").post(f"{ADMIN.id}_visitor", question)
    question = next(each for each in playground.chats("lobby") if each.text == text)
    await one_message(playground, question, " more.")
    async with by_hand(mongo) as database:
        assert await database.admin_users.count_documents({}) == MENTIONS + 1
