"""What strangers say in a room costs the bot no more than what others say."""

from __future__ import annotations

import pytest

from meshvisor.features.watch_party.protoo.messages import Notification
from meshvisor.features.watch_party.protoo.rooms import STATE, ChatMessage, RoomUser
from meshvisor.playground.frames import message_frame
from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from tests.faults.conftest import StartFleet

pytestmark = pytest.mark.faults

CROWD = range(10_000, 90_000)
"""Ids of the people in a room; a state of so many still fits into one message."""

ADMIN = RoomUser("11", "ann")


async def test_one_message_does_not_cost_a_worker(
    start_fleet: StartFleet, playground: Playground
) -> None:
    """Quotes without end, in a room of a crowd, by all: the worker goes on without a pause."""
    fleet = await start_fleet()
    await fleet.command("admin", "add", ADMIN.id)
    pid = await fleet.worker("lobby")
    await playground.wait_until_notified("lobby")
    # As short as an entry can be: a message of a server has a mebibyte at most.
    state = Notification(STATE, {"users": [{"id": 11}, *({"id": n} for n in CROWD)]})
    for guest_id in list(playground.room("lobby").members):
        playground.peer("lobby", guest_id).deliver(state, message_frame(state))
    for text in ("?x " + '"a ' * 8000, "?ping " + "'a " * 5000, "?ping " + "“a " * 5000):
        playground.say("lobby", text, user=RoomUser("5", "eve"))
    for text in ("@a " * 300, "@20000 " * 120, "a " * 490, "@x89999 " * 80):
        said = ChatMessage(f"?admin {text}")
        playground.room("lobby").post("11_phone", said)
    assert (await playground.ask("lobby", "?ping")).text == "pong"
    assert (await fleet.mesh_is("lobby", MeshState.CONNECTED)).pid == pid
