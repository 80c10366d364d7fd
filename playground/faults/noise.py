"""Faults that send too much or the wrong thing: garbage and storms."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Final

from meshvisor.features.watch_party.protoo.rooms import ChatMessage
from meshvisor.playground.frames import binary_frame, text_frame
from meshvisor.playground.room import Room
from meshvisor.playground.room_peer import RoomPeer

STORM_SENDER: Final = "999_storm"
_STORM_SLICE: Final = 100
"""Messages between two breaths of the event loop."""


def _huge() -> bytes:
    # Twice the message that a client accepts: it closes with 1009.
    return text_frame('{"notification":true,"method":"huge","data":"' + "x" * 2_097_152 + '"}')


GARBAGE: Final[dict[str, Callable[[], bytes]]] = {
    "half-json": lambda: text_frame('{"notification":true,"method":"chatMe'),
    "no-json": lambda: text_frame("hello?"),
    "empty": lambda: text_frame(""),
    "null": lambda: text_frame("null"),
    "number": lambda: text_frame("42"),
    "list": lambda: text_frame('[{"request":true}]'),
    "no-kind": lambda: text_frame('{"id":1,"method":"chatMessage"}'),
    "text-id": lambda: text_frame('{"request":true,"id":"7","method":"x","data":{}}'),
    "negative-id": lambda: text_frame('{"request":true,"id":-7,"method":"x","data":{}}'),
    "unasked-answer": lambda: text_frame('{"response":true,"id":7,"ok":true,"data":{}}'),
    "no-method": lambda: text_frame('{"notification":true,"data":{}}'),
    "data-list": lambda: text_frame('{"notification":true,"method":"chatMessage","data":[1]}'),
    "wrong-chat": lambda: text_frame(
        '{"notification":true,"method":"chatMessage","data":{"chat":5,"from":null,"id":[]}}'
    ),
    "wrong-state": lambda: text_frame(
        '{"notification":true,"method":"stateMessage","data":{"state":"{\\"users\\":7"}}'
    ),
    "wrong-users": lambda: text_frame(
        '{"notification":true,"method":"stateMessage",'
        '"data":{"state":"{\\"users\\":[null,{\\"id\\":[]},5]}"}}'
    ),
    "unknown-request": lambda: text_frame('{"request":true,"id":9,"method":"no/such","data":{}}'),
    "unknown-notification": lambda: text_frame('{"notification":true,"method":"no/such"}'),
    "deep": lambda: text_frame("[" * 100_000),
    "binary": lambda: binary_frame(bytes(range(256))),
    # From here on the client has to give up the connection.
    "huge": _huge,
    "bad-text": lambda: b"\x81\x02\xff\xfe",  # a text frame that is no UTF-8
    "bad-opcode": lambda: b"\x83\x00",  # opcode 3 is reserved
    "masked": lambda: b"\x81\x82\x00\x00\x00\x00{}",  # a server must not mask
}
"""Frames that no client can use, by name."""

DEADLY: Final = ("huge", "bad-text", "bad-opcode", "masked")
"""Kinds of garbage after which WebSocket itself makes the client close the connection."""
HARMLESS: Final = tuple(name for name in GARBAGE if name not in DEADLY)
"""Kinds of garbage that a client just drops."""
SETS: Final[dict[str, Sequence[str]]] = {
    "harmless": HARMLESS,
    "deadly": DEADLY,
    "all": tuple(GARBAGE),
}


def send_garbage(peers: Collection[RoomPeer], kinds: Sequence[str]) -> int:
    """Send each kind of garbage to every peer given; return their number.

    Raises:
        KeyError: there is no such kind.
    """
    frames = [GARBAGE[kind]() for kind in kinds]
    for peer in peers:
        for frame in frames:
            peer.connection.send(frame)
    return len(peers)


async def storm(room: Room, count: int, text: str) -> None:
    """Say `count` messages in a room, each `text` and its number, as fast as possible."""
    for number in range(1, count + 1):
        room.post(STORM_SENDER, ChatMessage(f"{text} {number}"))
        if number % _STORM_SLICE == 0:
            await asyncio.sleep(0)
