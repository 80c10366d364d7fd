"""Answers that a real homeserver gives too seldom for tests: in front of one, once, by a relay."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any, Final

import aiohttp
import pytest

from meshvisor.worker.mesh.transport import ChatMessage, EndKind
from tests.features.matrix.bots import Bot
from tests.homeservers import Person
from tests.transports.matrix import People, Relay, answer

SYNC: Final = b"GET /_matrix/client/v3/sync"


class Rehearsed:
    """A bot in a room whose server says what it is to say."""

    def __init__(self, relay: Relay, owner: Person, account: Person, room: str) -> None:
        self.relay = relay
        self.owner = owner
        self.account = account
        self.room = room
        self.bot = Bot(f"http://127.0.0.1:{relay.port}", room, {"token": account.token})

    def event(self, number: int, kind: str, content: Any, **more: Any) -> dict[str, Any]:
        """Return an event of the room's owner."""
        return {
            "type": kind,
            "sender": self.owner.user_id,
            "event_id": f"${number}",
            "origin_server_ts": number,
            "content": content,
            **more,
        }

    def said(self, number: int, text: str) -> dict[str, Any]:
        """Return a message."""
        return self.event(number, "m.room.message", {"msgtype": "m.text", "body": text})

    def news(self, timeline: list[Any], *, limited: bool = False, state: Any = ()) -> bytes:
        """Return an answer to `/sync` with which the real server can go on."""
        room = {
            "timeline": {"events": timeline, "limited": limited, "prev_batch": "p"},
            "state": {"events": list(state)},
        }
        content = {"next_batch": self.bot_since, "rooms": {"join": {self.room: room}}}
        return answer("200 OK", json.dumps(content).encode())

    bot_since = ""

    async def join(self) -> None:
        """Come into the room, with the news of the tests as the first."""
        await self.bot.join()

    async def say_next(self, *answers: bytes) -> None:
        """Have the next questions for news be answered so; the one under way ends before."""
        self.relay.once += [(SYNC, one) for one in answers]
        await self.owner.state(self.room, "m.room.topic", {"topic": "wakes the bot"})


@pytest.fixture
async def rehearsed(people: People, http: aiohttp.ClientSession) -> AsyncIterator[Rehearsed]:
    """Return one that has not joined."""
    relay = Relay(int(people.url.rpartition(":")[2]))
    await relay.open()
    owner, account = await people.person(http, "owner"), await people.person(http, "bot")
    await owner.begin()
    found = Rehearsed(relay, owner, account, await owner.create())
    found.bot_since = owner.since
    yield found
    await found.bot.leave()
    await relay.close()


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
