from __future__ import annotations

import pytest

from meshvisor.features.watch_party.protoo.messages import Notification
from meshvisor.features.watch_party.protoo.rooms import CHAT, STATE, ChatMessage, RoomUser
from meshvisor.playground.room import Room
from meshvisor.playground.watch import Watch


class Listener:
    """A member that only listens."""

    def __init__(self, number: int, watch: Watch | None = None) -> None:
        self._watch = watch or Watch()
        self.peer_id = f"{number}_x"
        self.user = RoomUser(str(number), f"user{number}")
        self.heard: list[str] = []

    def deliver(self, notification: Notification, frame: bytes) -> None:
        """Note the method."""
        assert frame
        self.heard.append(notification.method)
        self._watch.changed()


@pytest.fixture
def watch() -> Watch:
    """Return a watch for the room."""
    return Watch()


@pytest.fixture
def room(watch: Watch) -> Room:
    """Return an empty room."""
    return Room("lobby", watch, frozenset({"public"}))


async def test_joins_at_once_are_one_message(room: Room, watch: Watch) -> None:
    """Many who come at the same time are one state message to each, beside their own."""
    crowd = [Listener(number, watch) for number in range(20)]
    for listener in crowd:
        room.join(listener)

    await watch.until(lambda: crowd[-1].heard == [STATE, STATE])
    assert all(listener.heard == [STATE, STATE] for listener in crowd)


async def test_a_newer_member_is_not_taken_out_by_the_older(room: Room) -> None:
    """When a peer has been replaced, the leaving of the old one changes nothing."""
    old, new = Listener(1), Listener(1)
    room.join(old)
    room.join(new)
    room.leave(old)

    assert room.members == {"1_x": new}
    room.close()


async def test_a_message_gets_an_id(room: Room) -> None:
    """Messages without an id are given different ones, others keep theirs."""
    ids = [room.post("1_x", ChatMessage("a")).id for _ in range(2)]

    assert len({*ids, ""}) == 3
    assert room.post("1_x", ChatMessage("a", id="mine")).id == "mine"


async def test_tell_all_but_one(room: Room) -> None:
    """A chat message is delivered to all members but the one who sent it."""
    first, second = Listener(1), Listener(2)
    room.join(first)
    room.join(second)
    room.post("1_x", ChatMessage("hello"))

    assert CHAT not in first.heard
    assert CHAT in second.heard
    room.close()


async def test_a_member_may_leave_during_a_delivery(room: Room) -> None:
    """A delivery that ends a membership does not keep the others from hearing."""

    class Leaver(Listener):
        def deliver(self, notification: Notification, frame: bytes) -> None:
            room.leave(self)

    last = Listener(2)
    room.members = {"1_x": Leaver(1), "2_x": last}
    room.post("3_x", ChatMessage("hello"))

    assert last.heard == [CHAT]
    room.close()
