"""A room for the warm-up of the zygote: a server on the loopback interface for a few milliseconds.

Owns what its server says.  Called by `worker.mesh.warm_up_lives` as `TransportKind.warm_up`.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from meshvisor.features.watch_party.protoo.messages import (
    SUBPROTOCOL,
    Notification,
    Request,
    Success,
    decode,
    encode,
)
from meshvisor.worker.mesh.warm_up_room import WarmUp, WarmUpRoom


@asynccontextmanager
async def room() -> AsyncIterator[WarmUpRoom]:
    """Play a room on a server of its own."""
    async with serve(_talk, "127.0.0.1", 0, subprotocols=[Subprotocol(SUBPROTOCOL)]) as server:
        host, port = next(iter(server.sockets)).getsockname()
        yield WarmUpRoom(server=f"ws://{host}:{port}")


async def _talk(peer: ServerConnection) -> None:
    """Play the mesh server: let the bot in, show it who is there, and use a command."""
    async for frame in peer:
        match decode(frame):
            case Request(number, "fullyJoined"):
                await peer.send(encode(Success(number)))
                users = json.dumps({"users": [{"id": "1", "handle": "somebody"}], "mesh_state": {}})
                await peer.send(encode(Notification("stateMessage", {"state": users})))
                await peer.send(
                    encode(Notification("chatMessage", {"chat": "?ping", "id": "1", "from": "1_a"}))
                )
            case Request(number, _):
                await peer.send(encode(Success(number)))
            case _:
                pass


WARM_UP: Final = WarmUp(room, stage=("websockets.asyncio", "websockets.server"))
