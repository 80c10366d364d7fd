"""How a connect becomes a peer in a room, or is refused before the upgrade.

Owns the rules of the WebSocket upgrade.  Refusals are HTTP statuses with the reason in the
header `X-WebSocket-Reject-Reason`, as the npm server answers them.
"""

from __future__ import annotations

import asyncio
import hmac
from typing import Final

from aiohttp import web

from meshvisor.features.watch_party.protoo.control import CONTROL_ROOM
from meshvisor.features.watch_party.protoo.messages import SUBPROTOCOL
from meshvisor.features.watch_party.protoo.rooms import user_id
from meshvisor.playground.admission import Refusal
from meshvisor.playground.connection import MAX_MESSAGE, PeerConnection
from meshvisor.playground.control import Operator, control_refusal
from meshvisor.playground.rest import bearer
from meshvisor.playground.room import Room
from meshvisor.playground.room_peer import RoomPeer
from meshvisor.playground.world import World

GONE: Final = 499
"""What some servers log when the client has left before the answer; HTTP has no such status."""
REASON_HEADER: Final = "X-WebSocket-Reject-Reason"


class UpgradeHandler:
    """The handler of `GET /` for rooms."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._operators: set[PeerConnection] = set()
        self.closed = False
        """Whether the server is about to end and refuses every peer."""

    async def enter(self, request: web.Request) -> web.StreamResponse:
        """Answer one connect, and serve the peer when it is let in.

        Steps: wait while connects are left unanswered, look for a reason to refuse, upgrade,
        settle which of two connections with one peer id stays, serve.
        """
        name = request.query.get("roomId", "")
        peer_id = request.query.get("peerId", "")
        if name == CONTROL_ROOM:
            return await self._operate(request)
        await self._world.admission.wait(name)
        refusal = self._refusal(request, name, peer_id)
        if refusal is not None:
            self._world.record(name, peer_id, refusal.status)
            return refuse(refusal)
        try:
            return await self._serve(request, self._world.rooms[name], peer_id)
        except ConnectionResetError:
            # Gone while it was let in, as killed bots are; no peer gets this.
            return web.Response(status=GONE)

    def abort_all(self) -> None:
        """Cut every connection without a close frame."""
        for peer in self._world.all_peers():
            peer.connection.abort()
            self._world.depart(peer)
        for operator in self._operators:
            operator.abort()

    def _refusal(self, request: web.Request, name: str, peer_id: str) -> Refusal | None:
        if self.closed:
            return Refusal(503, "the server is going away")
        if (wrong := wrong_upgrade(request)) is not None:
            return wrong
        if (set_by_fault := self._world.admission.check(name)) is not None:
            return set_by_fault
        if not may_enter(request, self._world):
            return Refusal(401, "the Authorization header is missing or wrong")
        if not is_whose_token(request, self._world, peer_id):
            return Refusal(403, "the token is another user's")
        if (room := self._world.find(name)) is None:
            return Refusal(404, f"there is no room {name[:80]!r}")
        if user_id(peer_id) in room.faults.banned:
            return Refusal(403, "banned from this room")
        return None

    async def _serve(self, request: web.Request, room: Room, peer_id: str) -> web.WebSocketResponse:
        socket, connection = await upgrade(request)
        peer = RoomPeer(room, peer_id, connection)
        self._world.record(room.name, peer_id, 101)
        older = self._world.peers(room.name).get(peer_id)
        if older is not None and self._world.options.duplicates == "reject":
            connection.close()
        else:
            if older is not None:
                self._world.dismiss(older)
            self._world.arrive(peer)
        try:
            await connection.serve(socket, peer)
        finally:
            self._world.depart(peer)
        return socket

    async def _operate(self, request: web.Request) -> web.StreamResponse:
        refusal = wrong_upgrade(request) or control_refusal(request)
        if refusal is not None:
            return refuse(refusal)
        socket, connection = await upgrade(request)
        self._operators.add(connection)
        try:
            await connection.serve(socket, Operator(self._world, connection))
        finally:
            self._operators.discard(connection)
        return socket


def wrong_upgrade(request: web.Request) -> Refusal | None:
    """Return why a request is no protoo connect at all, or None."""
    if request.headers.get("Upgrade", "").lower() != "websocket":
        return Refusal(426, "this address speaks protoo over WebSocket")
    offered = request.headers.get("Sec-WebSocket-Protocol", "").split(",")
    if SUBPROTOCOL not in [name.strip() for name in offered]:
        return Refusal(403, "invalid/missing Sec-WebSocket-Protocol")
    if not request.query.get("roomId") or not request.query.get("peerId"):
        return Refusal(400, "roomId and peerId are needed")
    return None


def may_enter(request: web.Request, world: World) -> bool:
    """Whether a request carries a token that this server asks for, if it asks for any."""
    token, given = world.options.token, bearer(request)
    if token is not None and hmac.compare_digest(_bytes(given), _bytes(token)):
        return True
    if world.options.require_login:
        return world.accounts.user_of(given) is not None
    return token is None


def is_whose_token(request: web.Request, world: World, peer_id: str) -> bool:
    """Whether a peer is the user whose token it shows; one that came from no login has no user."""
    user = world.accounts.user_of(bearer(request)) if world.options.require_login else None
    return user is None or str(user.id) == user_id(peer_id)


def refuse(refusal: Refusal) -> web.Response:
    """Return the response of a refusal."""
    printable = "".join(letter for letter in refusal.reason if letter.isprintable())
    response = web.Response(status=refusal.status, text=f"{refusal.reason}\n")
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(refusal.retry_after)
    response.headers[REASON_HEADER] = printable.encode("ascii", "replace").decode()
    response.force_close()
    return response


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


async def upgrade(request: web.Request) -> tuple[web.WebSocketResponse, PeerConnection]:
    """Accept a connect."""
    socket = web.WebSocketResponse(
        protocols=[SUBPROTOCOL],
        autoping=False,  # a silent room answers no pings
        autoclose=False,
        compress=False,  # frames are written past aiohttp
        max_msg_size=MAX_MESSAGE,
    )
    await socket.prepare(request)
    transport = request.transport
    if not isinstance(transport, asyncio.Transport):  # gone between the request and our answer
        raise ConnectionResetError("the peer has left")
    return socket, PeerConnection(transport)
