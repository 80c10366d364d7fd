"""A bot in a room, whose homeserver is behind a relay that answers in its place if it has to."""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import quote

from tests.features.matrix.bots import Bot
from tests.homeservers import Person
from tests.transports.matrix import Relay, answer

SYNC: Final = b"GET /_matrix/client/v3/sync"


class Rehearsed:
    """A bot in a room whose server says what it is to say."""

    def __init__(self, relay: Relay, owner: Person, account: Person, room: str) -> None:
        self.relay = relay
        self.owner = owner
        self.account = account
        self.room = room
        self.bot = Bot(
            f"http://127.0.0.1:{relay.port}", room, {"token": account.token}, sync_timeout=1
        )

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

    def members(self, *users: str) -> tuple[bytes, bytes]:
        """Return a question for the members of the room, and an answer to it."""
        content = {"joined": {user: {"display_name": user[1:5]} for user in users}}
        question = f"GET /_matrix/client/v3/rooms/{quote(self.room, safe='')}/joined_members"
        return question.encode(), answer("200 OK", json.dumps(content).encode())

    def news(
        self, timeline: list[Any], *, limited: bool = False, state: Any = (), more: str = ""
    ) -> bytes:
        """Return an answer to `/sync` with which the real server can go on."""
        room = {
            "timeline": {"events": timeline, "limited": limited, "prev_batch": "p"},
            "state": {"events": list(state)},
        }
        content = {"next_batch": self.since, "rooms": {"join": {self.room: room}}}
        return answer("200 OK", json.dumps(content).encode(), more=more)

    since = ""

    async def join(self) -> None:
        """Come into the room, with the news of the tests as the first."""
        await self.bot.join()
        await self.owner.begin()
        self.since = self.owner.since

    async def say_next(self, *answers: bytes) -> None:
        """Have the next questions for news be answered so; the one under way ends before."""
        self.relay.once += [(SYNC, one) for one in answers]
        await self.owner.state(self.room, "m.room.topic", {"topic": "wakes the bot"})
