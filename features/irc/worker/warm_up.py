"""A server for the warm-up of the zygote: on the loopback interface, for a few milliseconds.

Owns what it says.  Called by `worker.mesh.warm_up_lives` as `TransportKind.warm_up`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from meshvisor.shared import tls
from meshvisor.worker.mesh.warm_up_room import WarmUp, WarmUpRoom

GREETING: Final = """\
:warm.up CAP * LS :multi-prefix
:warm.up 001 {0} :Welcome
:warm.up 005 {0} CASEMAPPING=ascii CHANTYPES=# PREFIX=(ov)@+ NICKLEN=30 :are supported
:warm.up 422 {0} :No message of the day
"""

WELCOME: Final = """\
:{0}!bot@localhost JOIN #warm_up
:warm.up 353 {0} = #warm_up :{0} @somebody
:warm.up 366 {0} #warm_up :End
:somebody!some@body PRIVMSG #warm_up :?ping
"""

SETTINGS: Final[dict[str, Any]] = {
    "channels": (),
    "most_channels": 20,
    "invites": "ignore",
    "rejoin_after": 60.0,
    "nick": "",
    "user": "",
    "real_name": "",
    "speech": "privmsg",
    "gap": 2.0,
    "burst": 4,
    "per_hour": 0,
    "max_parts": 6,
    "typing": False,
    "idle_timeout": 60.0,
    "certificate_sha256": "",
    "dialect": "irc",
}
"""The defaults of `IrcSettings`, which workers do without."""


@asynccontextmanager
async def room() -> AsyncIterator[WarmUpRoom]:
    """Play a server; and prepare secure connections, for all workers together."""
    tls.warm_up()
    async with await asyncio.start_server(_talk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield WarmUpRoom(server=f"irc://127.0.0.1:{port}", settings=SETTINGS)


async def _talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    nick = ""
    while line := (await reader.readline()).decode().split():
        match line[0]:
            case "NICK":
                nick = line[1]
            case "USER":
                writer.write(GREETING.format(nick).encode())
            case "JOIN":
                writer.write(WELCOME.format(nick).encode())
            case "WHOIS":
                writer.write(f":warm.up 318 {nick} {line[1]} :End\n".encode())
            case "QUIT":
                break
    writer.close()


WARM_UP: Final = WarmUp(room)
