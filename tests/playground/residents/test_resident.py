from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest

from meshvisor.features.watch_party.protoo.messages import Notification
from meshvisor.features.watch_party.protoo.rooms import POSITION, TYPING, ChatMessage, RoomUser
from meshvisor.playground.options import Options
from meshvisor.playground.residents import words
from meshvisor.playground.residents.resident import Nature, Resident
from meshvisor.playground.residents.walk import Walk
from meshvisor.playground.room import Room
from meshvisor.playground.watch import Watch

GUEST = RoomUser("1", "anna")


class Evening:
    """A room with one resident, whose waits take no time but are counted."""

    def __init__(self, seed: int = 1) -> None:
        self.watch = Watch()
        self.room = Room("lobby", self.watch, frozenset())
        self.seconds = 0.0
        self.options = Options(sleep=self.sleep)
        self.resident = self.person(RoomUser("2001", "mila"), seed)

    def person(self, user: RoomUser, seed: int) -> Resident:
        """Return a resident that could live here."""
        nature = Nature(f"{user.id}_resident", user, random.Random(seed))
        return Resident(self.room, nature, self.options)

    async def sleep(self, seconds: float) -> None:
        """Let the evening pass at once."""
        self.seconds += seconds
        await asyncio.sleep(0)

    async def until(self, find: Callable[[], object]) -> None:
        """Live until something has happened."""
        living = asyncio.create_task(self.resident.live())
        try:
            await self.watch.until(find, what="something to happen")
        finally:
            living.cancel()
            await asyncio.gather(living, return_exceptions=True)
            self.room.close()

    def texts(self) -> list[str]:
        """Return what was said."""
        return [message.text for message in self.room.chats.since(0)]


class RoomPeer:
    """A peer in the room that may be a bot."""

    peer_id = "1_x"
    user = GUEST

    def __init__(self, room: Room) -> None:
        self._room = room
        self.seen: list[str] = []
        self.places: list[dict[str, Any]] = []

    def deliver(self, notification: Notification, frame: bytes) -> None:
        """Note what happens."""
        self.seen.append(notification.method)
        if notification.method == POSITION:
            self.places.append(notification.data)


async def test_chats_at_a_human_pace() -> None:
    """Residents talk, and take their time."""
    evening = Evening()
    await evening.until(lambda: evening.room.chats.count >= 10)

    assert set(evening.texts()) <= {*words.CHATTER, *words.GOODBYES}
    assert 60 < evening.seconds < 1500


async def test_comes_and_goes_and_comes_back() -> None:
    """Residents leave after a while and are there again later."""
    evening = Evening()
    there: list[bool] = []

    def changed_four_times() -> bool:
        now = evening.resident.peer_id in evening.room.members
        if not there or there[-1] != now:
            there.append(now)
        return len(there) >= 5

    await evening.until(changed_four_times)
    assert there == [False, True, False, True, False]


async def test_types_before_speaking() -> None:
    """Others see that a resident types."""
    evening = Evening()
    peer = RoomPeer(evening.room)
    evening.room.join(peer)
    await evening.until(lambda: evening.room.chats.count)

    assert TYPING in peer.seen


async def test_asks_bots() -> None:
    """Residents use commands when a peer is there that may know them."""
    evening = Evening()
    evening.room.join(RoomPeer(evening.room))
    await evening.until(lambda: {"?ping", "?help"} <= set(evening.texts()))


async def test_asks_nothing_in_an_empty_room() -> None:
    """Among themselves residents use no commands."""
    evening = Evening()
    evening.room.join(evening.person(RoomUser("2002", "jonas"), 2))
    await evening.until(lambda: evening.room.chats.count >= 30)

    assert not [text for text in evening.texts() if text.startswith("?")]


@pytest.mark.parametrize("how", ["mention", "reply"])
async def test_answers_who_speaks_to_it(how: str) -> None:
    """A peer that mentions a resident, or replies to it, gets a reply, and soon."""
    evening = Evening()
    evening.room.join(RoomPeer(evening.room))
    asked: list[ChatMessage] = []

    def answered() -> bool:
        talk = [m for m in evening.room.chats.since(0) if not m.text.startswith("?")]
        if not asked and talk:
            question = (
                ChatMessage("what do you think, @mila?")
                if how == "mention"
                else ChatMessage("really?", reply=talk[0].id)
            )
            asked.append(question)
            asked[0] = evening.room.post("1_x", question)
        return any(m.reply == asked[0].id for m in evening.room.chats.since(0)) if asked else False

    await evening.until(answered)


async def test_thanks_without_a_reply() -> None:
    """A bot's answer is at most thanked for, never replied to: that could go on for ever."""
    evening = Evening()
    evening.room.join(RoomPeer(evening.room))
    answered: set[str] = set()

    def thanked() -> bool:
        for message in list(evening.room.chats.since(0)):
            if message.text.startswith("?") and message.id not in answered:
                answered.add(message.id)
                evening.room.post("1_x", ChatMessage("Pong", reply=message.id))
        return bool(set(evening.texts()) & set(words.THANKS))

    await evening.until(thanked)
    assert all(m.reply is None for m in evening.room.chats.since(0) if m.sender != "1_x")


async def test_greets_newcomers() -> None:
    """Sometimes residents welcome who comes in."""
    evening = Evening()
    peer = RoomPeer(evening.room)

    def greeted() -> bool:
        if evening.room.chats.count % 2:  # a peer that comes and goes all evening
            evening.room.members.pop(peer.peer_id, None)
        else:
            evening.room.members[peer.peer_id] = peer
        evening.room._tell_state()
        return any("anna" in text for text in evening.texts())

    await evening.until(greeted)


async def test_leaves_a_room_that_has_ended() -> None:
    """A resident is not in a room that has ended, and is again when it is opened."""
    evening = Evening()
    steps: list[str] = []

    def back_again() -> bool:
        there = evening.resident.peer_id in evening.room.members
        if there and not steps:
            evening.room.faults.gone = True
            steps.append("ended")
        elif not there and steps == ["ended"]:
            evening.room.faults.gone = False
            steps.append("opened")
        return there and len(steps) == 2

    await evening.until(back_again)


async def test_same_seed_same_evening() -> None:
    """With the same seed the same things are said."""
    talks = []
    for _ in range(2):
        evening = Evening(seed=7)
        await evening.until(lambda evening=evening: evening.room.chats.count >= 20)  # type: ignore[misc]  # mypy cannot infer a default's type
        talks.append(evening.texts())

    assert talks[0] == talks[1]


async def test_it_tells_where_it_is() -> None:
    """One that walks does so with all that it does; the others hear of it, and no other peer."""
    evening = Evening()
    nature = Nature("2001_resident", GUEST, random.Random(1), Walk(random.Random(1)))
    evening.resident = Resident(evening.room, nature, evening.options)
    peer = RoomPeer(evening.room)
    evening.room.join(peer)
    await evening.until(lambda: len(evening.texts()) > 2)
    assert len(peer.places) >= 2
    assert all(place["from"] == "2001_resident" for place in peer.places)
    assert all(38.7 < place["latitude"] < 38.72 for place in peer.places)
