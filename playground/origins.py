"""Which web pages may talk to this server: its own, and no others.

Owns the check of the header `Origin`, which browsers send with every WebSocket and every POST.
Any page in a browser on this machine could otherwise say in a room what it likes, as whom it
likes.  Programs send no such header.  Called for every request.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from meshvisor.playground.admission import Refusal
from meshvisor.playground.upgrade_handler import refuse
from meshvisor.playground.world import World

LOOPBACK: Final = ("127.0.0.1", "[::1]", "localhost")


def only_own_pages(world: World) -> Middleware:
    """Return the middleware that refuses pages of others."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        # Not compared with the header `Host`: a page that has its own name lead to this address
        # would send the same in both.
        if not all(origin in _own(world) for origin in request.headers.getall("Origin", ())):
            return refuse(Refusal(403, "this server is not for web pages of others"))
        return await handler(request)

    return check


def _own(world: World) -> frozenset[str]:
    address = world.server.removeprefix("ws://")
    port = address.rpartition(":")[2]
    return frozenset(f"http://{own}" for own in (address, *(f"{host}:{port}" for host in LOOPBACK)))
