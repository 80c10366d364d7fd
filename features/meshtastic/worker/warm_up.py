"""A radio for the warm-up of the zygote: on the loopback interface, for a few milliseconds.

Owns what it says.  Called by `worker.mesh.warm_up_lives` as `TransportKind.warm_up`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from meshvisor.features.meshtastic.wire.client_api import (
    Channel,
    ConfigComplete,
    FromRadio,
    Heard,
    LoRaConfig,
    MyInfo,
    NodeInfo,
    QueueStatus,
)
from meshvisor.features.meshtastic.wire.frames import FrameReader, framed
from meshvisor.features.meshtastic.wire.packet import Data, Packet, Port
from meshvisor.features.meshtastic.wire.payloads import NodeUser, Position
from meshvisor.features.meshtastic.wire.protobuf import Fields
from meshvisor.worker.mesh.warm_up_room import WarmUp, WarmUpRoom

OWN: Final = 0x1000_0001
OTHER: Final = 0x1000_0002

SETTINGS: Final[dict[str, Any]] = {
    "answers": "direct",
    "airtime": 5.0,
    "gap": 2.2,
    "max_parts": 3,
    "max_bytes": 200,
    "hop_limit": 0,
    "idle_timeout": 60.0,
    "topic": "msh",
    "channels": ["LongFast"],
}
"""The defaults of `RadioSettings`, which workers do without."""

US: Final = 1

ASKED: Final = Packet(
    id=1, sender=OTHER, to=OWN, data=Data(Port.TEXT, b"?ping"), rssi=-50, hop_start=3, hop_limit=3
)


@asynccontextmanager
async def room() -> AsyncIterator[WarmUpRoom]:
    """Play a radio."""
    async with await asyncio.start_server(_talk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield WarmUpRoom(server=f"127.0.0.1:{port}", settings=SETTINGS)


async def _talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    frames = FrameReader()

    def say(*messages: FromRadio) -> None:
        writer.write(b"".join(framed(message.encoded()) for message in messages))

    while data := await reader.read(1024):
        for message in map(Fields, frames.feed(data)):
            if number := message.unsigned(3):
                other = NodeInfo(OTHER, NodeUser("", "somebody"), Position(1, 1))
                say(MyInfo(OWN), LoRaConfig(US), Channel(0), other, ConfigComplete(number))
                say(Heard(ASKED))
            elif message.has(1):
                say(QueueStatus(0, 15, 16, Packet.decoded(message.data(1)).id))
            elif message.has(4):
                writer.close()
                return
    writer.close()


WARM_UP: Final = WarmUp(room)
