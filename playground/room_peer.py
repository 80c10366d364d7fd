"""A WebSocket peer in a room: the watch-party protocol, seen from the server.

Owns what one peer may do when.  Does not own the socket (`PeerConnection`) nor the room.
"""

from __future__ import annotations

from typing import Final

from meshvisor.features.watch_party.protoo.messages import Notification, Request
from meshvisor.features.watch_party.protoo.rooms import (
    CHAT,
    CLIENT_PING,
    FULLY_JOINED,
    TYPING,
    TYPING_STOP,
    ChatMessage,
    RoomUser,
    user_id,
)
from meshvisor.playground.connection import PeerConnection
from meshvisor.playground.room import Room

MAX_HANDLE: Final = 40
"""Characters of a name that a peer gives itself."""


class RoomPeer:
    """One peer that is connected to a room, and in it once it has fully joined.

    Args:
        room: where it is.
        peer_id: `userId_deviceId`.
        connection: its WebSocket.
    """

    def __init__(self, room: Room, peer_id: str, connection: PeerConnection) -> None:
        self.room = room
        self.connection = connection
        self._peer_id = peer_id
        identity = user_id(peer_id)
        self._user = RoomUser(identity, f"user{identity}" if identity.isdecimal() else identity)

    @property
    def peer_id(self) -> str:
        """As given when it connected."""
        return self._peer_id

    @property
    def user(self) -> RoomUser:
        """The user; the platform knows handles by itself, here a peer may give its own."""
        return self._user

    @property
    def joined(self) -> bool:
        """Whether it is in the room and hears what is said there."""
        return self.room.members.get(self._peer_id) is self

    @property
    def silent(self) -> bool:
        """Whether the room has gone silent."""
        return self.room.faults.silent

    def deliver(self, notification: Notification, frame: bytes) -> None:
        """Send a frame to the peer."""
        if not self.silent:
            self.connection.send(frame)

    def ping(self, timeout: float) -> None:
        """Ask for a sign of life within `timeout` seconds, or be cut off."""
        if not self.silent:
            self.connection.ping(timeout)

    def leave(self) -> None:
        """Take the peer out of the room; idempotent."""
        self.room.leave(self)

    # ---- What the peer asks ------------------------------------------------------------------

    async def on_request(self, request: Request) -> None:
        """Answer a request of the watch-party protocol."""
        peer = self.connection.peer
        if request.method == FULLY_JOINED:
            await peer.accept(request)
            self._join(request.data.get("handle"))
        elif request.method == CLIENT_PING:
            await peer.accept(request)
        elif not self.joined:
            await peer.reject(request, 403, "not joined yet")
        elif request.method != CHAT:
            await peer.reject(request, 404, f"unknown method {request.method[:80]!r}")
        elif (message := self._chat(request.data)) is None:
            await peer.reject(request, 400, "a chatMessage needs the text chat")
        else:
            await peer.accept(request, {"id": message.id})

    async def on_notification(self, notification: Notification) -> None:
        """Pass on chat and typing; anything else, or before having joined, is ignored."""
        if not self.joined:
            return
        if notification.method == CHAT:
            self._chat(notification.data)
        elif notification.method in {TYPING, TYPING_STOP}:
            who = Notification(notification.method, {"from": self._peer_id})
            self.room.tell(who, besides=self._peer_id)

    def _join(self, handle: object) -> None:
        if isinstance(handle, str) and handle.strip():
            self._user = RoomUser(self._user.id, handle.strip()[:MAX_HANDLE])
        if not self.connection.ended:
            self.room.join(self)

    def _chat(self, data: dict[str, object]) -> ChatMessage | None:
        message = ChatMessage.from_data(data)
        return None if message is None else self.room.post(self._peer_id, message)
