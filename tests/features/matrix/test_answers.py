"""Answers that a real homeserver gives too seldom for tests: in front of one, once, by a relay."""

from __future__ import annotations

import asyncio
import time
from email.utils import formatdate

import pytest

from meshvisor.features.matrix.worker.members import MOST
from meshvisor.worker.mesh.transport import ChatMessage, EndKind
from tests.features.matrix.rehearsed import Rehearsed
from tests.homeservers import PATIENCE


async def test_what_was_said_before(rehearsed: Rehearsed) -> None:
    """A server that notices late that the bot has come tells older messages: they are not heard."""
    own = {"state_key": rehearsed.account.user_id}
    await rehearsed.join()
    await rehearsed.say_next(
        rehearsed.news(
            [
                rehearsed.said(1, "?before"),
                rehearsed.event(2, "m.room.member", {"membership": "join"}, **own),
                rehearsed.said(3, "?behind"),
            ],
            limited=True,
        ),
        rehearsed.news(
            [
                rehearsed.said(4, "?later"),
                rehearsed.event(
                    5,
                    "m.room.member",
                    {"membership": "join", "displayname": "Bot"},
                    unsigned={"prev_content": {"membership": "join"}},
                    **own,
                ),
            ]
        ),
    )
    heard = [(await rehearsed.bot.expect(ChatMessage)).text for _ in range(2)]
    assert heard == ["?behind", "?later"]


@pytest.mark.parametrize(
    ("kind", "content", "end"),
    [
        ("m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"}, EndKind.LOST),
        ("m.room.tombstone", {"replacement_room": "!new:test.local"}, EndKind.ROOM_ENDED),
    ],
)
async def test_what_was_left_out(
    rehearsed: Rehearsed, kind: str, content: dict[str, str], end: EndKind
) -> None:
    """What ends a session is not overlooked where more has happened than an answer holds."""
    await rehearsed.join()
    state = [rehearsed.event(1, kind, content, state_key="")]
    await rehearsed.say_next(rehearsed.news([], limited=True, state=state))
    assert (await rehearsed.bot.transport.ended()).kind is end


async def test_who_came_in_a_gap(rehearsed: Rehearsed) -> None:
    """Who has come in what an answer has left out is known once the server has caught up."""
    owner, ghost = rehearsed.owner.user_id, "@ghost:test.local"
    rehearsed.relay.once.append(rehearsed.members(owner))
    await rehearsed.join()
    rehearsed.relay.once.append(rehearsed.members(ghost))
    await rehearsed.say_next(rehearsed.news([rehearsed.said(1, "one")], limited=True))
    await rehearsed.bot.expect(ChatMessage)
    await rehearsed.owner.say(rehearsed.room, "wakes it again")
    async with asyncio.timeout(PATIENCE):
        while ghost not in rehearsed.bot.transport.users:
            await asyncio.sleep(0.01)
    assert set(rehearsed.bot.transport.users) == {ghost}


async def test_a_large_room(rehearsed: Rehearsed) -> None:
    """All of ten thousand members are known, but none beyond."""
    users = [f"@user{number}:test.local" for number in range(MOST + 100)]
    rehearsed.relay.once.append(rehearsed.members(*users))
    await rehearsed.join()
    assert list(rehearsed.bot.transport.users) == users[:MOST]


async def test_a_thousand_messages(rehearsed: Rehearsed) -> None:
    """What comes as fast as a server can tell it is heard whole and in order, and answered."""
    await rehearsed.join()
    messages = [rehearsed.said(number, str(number)) for number in range(1000)]
    await rehearsed.say_next(
        *(rehearsed.news(messages[begin : begin + 100]) for begin in range(0, 1000, 100))
    )
    heard = [(await rehearsed.bot.expect(ChatMessage)).text for _ in messages]
    assert heard == [str(number) for number in range(1000)]
    await rehearsed.bot.transport.say("still here", "", messages[-1]["event_id"])


async def test_clocks(rehearsed: Rehearsed) -> None:
    """When something was said is given by this machine's clock, however wrong the server's is."""
    await rehearsed.join()
    there = time.time() + 86_400
    said = rehearsed.said(round(there * 1000), "now")
    date = f"Date: {formatdate(there, usegmt=True)}\r\n"
    await rehearsed.say_next(rehearsed.news([said], more=date))
    heard = await rehearsed.bot.expect(ChatMessage, lambda one: one.text == "now")
    assert heard.at is not None
    assert abs(heard.at - time.time()) < 3600
