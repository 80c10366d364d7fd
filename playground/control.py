"""The control room: an operator on this machine asks for faults and for what goes on.

Owns the requests `playground/fault` and `playground/state`.  Reached through the upgrade handler by
connecting to the room `_control`; only from loopback, and never from a web page, since any page
in a browser on this machine could otherwise ask.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from meshvisor.features.watch_party.protoo.control import FAULT, STATE
from meshvisor.features.watch_party.protoo.messages import Notification, Request
from meshvisor.playground.accounts import Link, LinkState, link_address
from meshvisor.playground.admission import Refusal
from meshvisor.playground.connection import PeerConnection
from meshvisor.playground.faults.asked import AskError, FaultRequest
from meshvisor.playground.faults.catalogue import FAULTS
from meshvisor.playground.room import Room
from meshvisor.playground.world import World
from meshvisor.shared.loopback import is_loopback


def control_refusal(request: web.Request) -> Refusal | None:
    """Return why a connect to the control room is refused, or None."""
    if not is_loopback(request.remote or ""):
        return Refusal(403, "the control room is for this machine only")
    if "Origin" in request.headers:
        return Refusal(403, "the control room is not for web pages")
    return None


class Operator:
    """One connection to the control room."""

    silent = False

    def __init__(self, world: World, connection: PeerConnection) -> None:
        self._world = world
        self._peer = connection.peer

    async def on_notification(self, notification: Notification) -> None:
        """Ignore it: the control room has only requests."""

    async def on_request(self, request: Request) -> None:
        """Do what is asked, or say in one sentence why not."""
        try:
            if request.method == STATE:
                answer = describe(self._world)
            elif request.method == FAULT:
                answer = await self._cause(request.data)
            else:
                raise AskError(f"there are only {FAULT} and {STATE}")
        except AskError as error:
            await self._peer.reject(request, 400, str(error))
        else:
            await self._peer.accept(request, answer)

    async def _cause(self, data: dict[str, Any]) -> dict[str, Any]:
        fault = FAULTS.get(str(data.get("name")))
        if fault is None:
            raise AskError(f"there is no fault {data.get('name')!r}; known are {', '.join(FAULTS)}")
        asked = FaultRequest(self._world, data.get("room"), data.get("options"))
        asked.check_options(fault.options)
        return await fault.act(asked)


def describe(world: World) -> dict[str, Any]:
    """Return the answer to `playground/state`."""
    return {
        "server": world.server,
        "url": _url(world),
        "rooms": [_describe_room(world, room) for room in world.rooms.values()],
        "links": [_describe_link(world, link) for link in world.accounts.links(LinkState.PENDING)],
        "faults": {name: fault.summary for name, fault in FAULTS.items()},
    }


def _url(world: World) -> str:
    return world.server.replace("ws://", "http://", 1)


def _describe_link(world: World, link: Link) -> dict[str, Any]:
    return {
        "id": link.id,
        "email": link.user.email,
        "link": link_address(_url(world), link),
        "expires_in": round(world.accounts.seconds_left(link)),
    }


def _describe_room(world: World, room: Room) -> dict[str, Any]:
    peers = world.peers(room.name)
    return {
        "id": room.name,
        "kinds": sorted(room.kinds),
        "gone": room.faults.gone,
        "silent": room.faults.silent,
        "users": [user.to_data() for user in room.users],
        "peers": [peer_id for peer_id, peer in peers.items() if peer.joined],
        "connects": len(world.connects.of(room.name)),
        "messages": room.chats.count,
    }
