"""Answers that a real homeserver gives too seldom for tests: in front of one, once, by a relay."""

from __future__ import annotations

import pytest

from meshvisor.worker.mesh.transport import ChatMessage, EndKind
from tests.features.matrix.rehearsed import Rehearsed


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
