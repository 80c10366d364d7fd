"""A homeserver for the warm-up of the zygote: on the loopback interface, for a few milliseconds.

Owns what it says.  Called by `worker.mesh.warm_up_lives` as `TransportKind.warm_up`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from meshvisor.shared import tls
from meshvisor.worker.mesh.warm_up_room import WarmUp, WarmUpRoom

BOT: Final = "@bot:warm.up"
MEMBER: Final = "@member:warm.up"

SETTINGS: Final[dict[str, Any]] = {
    "via": (),
    "speech": "notice",
    "gap": 0.2,
    "burst": 10,
    "per_hour": 0,
    "max_bytes": 16_000,
    "max_parts": 5,
    "typing": True,
    "sync_timeout": 20.0,
    "certificate_sha256": "",
}
"""The defaults of `MatrixSettings`, which workers do without."""

MEMBERS: Final = (
    f'{{"joined":{{"{BOT}":{{"display_name":"bot"}},"{MEMBER}":{{"display_name":"Some Body"}}}}}}'
)

NEWS: Final = (
    '{"next_batch":"s2","rooms":{"join":{"warm_up":{"timeline":{"events":[{"type":"m.room.message",'
    f'"sender":"{MEMBER}","event_id":"$1","origin_server_ts":1,"content":{{"msgtype":"m.text",'
    '"body":"?ping"}}],"limited":false}}}}}'
)

SAID: Final = '{"event_id":"$2"}'


@asynccontextmanager
async def room() -> AsyncIterator[WarmUpRoom]:
    """Play a server; and prepare secure connections, for all workers together."""
    tls.warm_up()
    async with await asyncio.start_server(_talk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield WarmUpRoom(
            server=f"http://127.0.0.1:{port}", settings=SETTINGS, account={"token": "warm-up"}
        )


async def _talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await reader.readline():
        length = 0
        while header := (await reader.readline()).strip():
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        await reader.readexactly(length)
        status, answer = _answer(line.decode())
        if not answer:
            break  # nothing happens any more: the life is over before the server would say so
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(answer)}\r\n\r\n{answer}".encode())
    writer.close()


def _answer(line: str) -> tuple[str, str]:
    if "/whoami" in line:
        return "200 OK", f'{{"user_id":"{BOT}"}}'
    if "/joined_members" in line:
        return "200 OK", MEMBERS
    if "/sync" in line:
        if "since=s1" in line:
            return "200 OK", NEWS
        return ("200 OK", "") if "since=" in line else ("200 OK", '{"next_batch":"s1"}')
    if "/state/m.room.encryption" in line:
        return "404 Not Found", '{"errcode":"M_NOT_FOUND","error":"none"}'
    return "200 OK", SAID if line.startswith("PUT") else "{}"


WARM_UP: Final = WarmUp(room)
