"""A process that asks a transport of an installed package which meshes there are, and ends.

Foreign code that talks to a network has no place in the supervisor: it may hang, crash, leak or
print.  So each look has a fork of the zygote, which is killed when it takes too long
(`features.fleet.supervisor.providers.account`).

Owns the call and what is said of its failure.  The request comes over the channel until that is
closed for writing, and so does the answer: JSON of `Account` and of `Answer`.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any, Final

import msgspec

from meshvisor.shared.found_meshes import Account, Answer, CannotDiscoverError
from meshvisor.shared.protocol.fields import as_sentence
from meshvisor.shared.transports import transport_kind
from meshvisor.worker.child import process
from meshvisor.worker.child.start import ChildStart
from meshvisor.worker.logs.bound import bound_log

PIECE: Final = 64 * 1024
"""Bytes that are read at once."""

log = bound_log(__name__)


def run(start: ChildStart) -> int:
    """Be that process; return its exit code."""
    process.set_up(start.params["log_level"], start.params["memory_limit_bytes"])
    return asyncio.run(serve(start))


async def serve(start: ChildStart) -> int:
    """Do the same inside a running loop."""
    with start.channel as channel:
        channel.setblocking(False)
        account = msgspec.json.decode(await _all_of(channel), type=Account)
        answer = msgspec.json.encode(await _answer(start.params["transport"], account))
        await asyncio.get_running_loop().sock_sendall(channel, answer)
    return 0


# Private


async def _all_of(channel: socket.socket) -> bytes:
    loop, said = asyncio.get_running_loop(), b""
    while piece := await loop.sock_recv(channel, PIECE):
        said += piece
    return said


async def _answer(transport: str, account: Account) -> Answer:
    try:
        found: Any = await transport_kind(transport).load_discover()(account)
        # As it will be read: what is wrong is the package's, and said as such.
        return msgspec.convert(
            {"meshes": [msgspec.to_builtins(mesh) for mesh in found]}, Answer, strict=True
        )
    except CannotDiscoverError as error:
        return Answer(error=as_sentence(str(error)), transient=error.transient)
    except Exception as error:
        log.exception("Asking the network for meshes failed", event="discovery_crashed")
        return Answer(error=as_sentence(f"its transport raised {error!r:.200}"))
