"""One stay in a watch-party room: a WebSocket from the moment it is open until it is over.

Owns reading, the repeated `clientPing`, and how the stay ends.  Does not own connecting
(`protoo`) or the wire formats (`shared.protoo`).  What comes from the server is foreign: the
wrong shape is counted and ignored, whatever it is.
"""

from __future__ import annotations

import asyncio
import uuid
from typing import Any, Final

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from shared.protoo import rooms
from shared.protoo.client import ABNORMAL, in_frames
from shared.protoo.messages import CLOSED_FOR_GOOD, Notification, Request
from shared.protoo.peer import Peer, RequestFailedError
from worker.logs.bound import bound_log, notable
from worker.mesh.timings import Timings
from worker.mesh.transports.base import (
    ChatMessage,
    Deliver,
    End,
    EndKind,
    NotInRoomError,
    TypingChanged,
    User,
    UserJoined,
    UserLeft,
)
from worker.mesh.transports.roster import Roster

MAX_NAME: Final = 128
"""Characters of an id or a name; the rest of a longer one is cut off."""

MAX_MENTIONS: Final = 50
"""Users that one message may mention; further ones are left out."""

log = bound_log(__name__)


class Stay:
    """One open WebSocket and everything that runs on it."""

    def __init__(
        self, socket: ClientConnection, peer_id: str, deliver: Deliver, timings: Timings
    ) -> None:
        self._socket = socket
        self._peer_id = peer_id
        self._own_id = rooms.user_id(peer_id)
        self._deliver = deliver
        self._timings = timings
        self._peer = Peer(self._send)
        self._malformed = 0
        self._end: End | None = None
        self.roster = Roster(self._own_id)
        self._task = asyncio.create_task(self._run(), name="protoo stay")

    @property
    def over(self) -> bool:
        """Whether it has ended or is about to."""
        return self._end is not None or self._task.done()

    async def enter(self) -> None:
        """Tell the server that this side is ready; from now on the bot counts as being there.

        Raises:
            RequestFailedError: the server does not want it.
            TimeoutError: no answer.
            ConnectionError: the stay is over; `ended` says how.
        """
        await self._peer.request(rooms.FULLY_JOINED, timeout=self._timings.request)

    async def ended(self) -> End:
        """Return how the stay ended, when it has."""
        # Shielded: whoever waits may be cancelled, and the stay goes on.
        await asyncio.shield(self._task)
        return self._end or End(EndKind.LOST, "the connection was lost")

    async def leave(self, reason: str, *, politely: bool) -> None:
        """End it; see `Transport.leave`."""
        self._set_end(End(EndKind.LEFT, reason))
        if politely:
            await self._socket.close(reason=reason[:100])
        self._socket.transport.abort()
        await asyncio.shield(self._task)

    async def say(self, text: str, reply_to: str | None) -> None:
        """Send one chat message.

        Raises:
            ConnectionError: the connection is closed.
        """
        message = rooms.ChatMessage(text, id=uuid.uuid4().hex, sender=self._peer_id, reply=reply_to)
        await self._peer.notify(rooms.CHAT, message.to_data())

    async def show_typing(self, typing: bool) -> None:
        """Send `typing` or `typing_stop`."""
        await self._peer.notify(rooms.TYPING if typing else rooms.TYPING_STOP)

    # Life

    async def _run(self) -> None:
        try:
            async with asyncio.TaskGroup() as helpers:
                pinger = helpers.create_task(self._ping(), name="protoo ping")
                await self._read()
                pinger.cancel()
        except Exception:
            # A mistake of ours must cost this connection and not the worker.
            log.exception("The connection ended with an internal error", event="stay_crashed")
            self._set_end(End(EndKind.LOST, "internal error, see the log"))
        finally:
            self._peer.close()
            self._socket.transport.abort()

    async def _read(self) -> None:
        try:
            async for frame in self._socket:
                await self._take(frame)
                if self._end is not None and self._end.kind is not EndKind.LEFT:
                    await self._socket.close()
                    return
        except ConnectionClosed as error:
            if error.rcvd is None and error.sent is not None:
                # The server broke the rules of WebSocket, and the library has said which.
                said = f"{error.sent.code} {error.sent.reason}".rstrip()
                self._set_end(End(EndKind.LOST, f"the connection had to be closed: {said}"))
        self._set_end(self._end_of_socket())

    async def _ping(self) -> None:
        """Find a socket that is dead without having been closed."""
        while True:
            await asyncio.sleep(self._timings.ping)
            try:
                await self._peer.request(rooms.CLIENT_PING, timeout=self._timings.request)
            except RequestFailedError:
                pass  # an answer of any kind proves that somebody is there
            except TimeoutError:
                patience = self._timings.request
                self._set_end(End(EndKind.LOST, f"no answer to a ping within {patience:g} s"))
                # No closing handshake with the dead.
                self._socket.transport.abort()
                return
            except ConnectionError:
                return

    def _set_end(self, end: End) -> None:
        if self._end is None:
            self._end = end

    def _end_of_socket(self) -> End:
        code, reason = self._socket.close_code, self._socket.close_reason or ""
        if code == CLOSED_FOR_GOOD:
            return End(EndKind.CLOSED_FOR_GOOD, reason or "closed by the server")
        if code in {None, ABNORMAL}:
            return End(EndKind.LOST, "the connection broke")
        said = f": {reason}" if reason else ""
        return End(EndKind.LOST, f"the connection was closed with code {code}{said}")

    # Out

    async def _send(self, text: str) -> None:
        try:
            await self._socket.send(in_frames(text))
        except ConnectionClosed as error:
            raise NotInRoomError("the connection to the room is closed") from error

    # In

    async def _take(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            self._ignore("a binary frame")
            return
        malformed = self._peer.malformed
        message = self._peer.receive(frame)
        match message:
            case Notification(method, data):
                self._notified(method, data)
            case Request():
                await self._asked(message)
            case None if self._peer.malformed > malformed:
                self._ignore("a frame")

    async def _asked(self, request: Request) -> None:
        try:
            if request.method == rooms.CLIENT_PING:
                await self._peer.accept(request)
            else:
                await self._peer.reject(request, 404, "this peer knows no such method")
        except ConnectionError:
            pass  # the reader is about to see the end of the connection

    def _notified(self, method: str, data: dict[str, Any]) -> None:
        match method:
            case rooms.CHAT:
                self._chat(data)
            case rooms.STATE:
                self._state(data)
            case rooms.TYPING | rooms.TYPING_STOP:
                self._typing(data, method == rooms.TYPING)
            case rooms.KICKED:
                self._set_end(End(EndKind.KICKED, _reason(data)))
            case rooms.ENDED:
                self._set_end(End(EndKind.ROOM_ENDED, _reason(data)))

    def _chat(self, data: dict[str, Any]) -> None:
        message = rooms.ChatMessage.from_data(data)
        if message is None or not message.sender_id:
            self._ignore(rooms.CHAT)
        elif message.sender_id != self._own_id:
            self._deliver(
                ChatMessage(
                    id=message.id[:MAX_NAME],
                    user=self.roster.find(message.sender_id[:MAX_NAME]),
                    text=message.text,
                    mentions=tuple(_user(user) for user in message.mentions[:MAX_MENTIONS]),
                    reply_to=message.reply[:MAX_NAME] if message.reply else None,
                )
            )

    def _state(self, data: dict[str, Any]) -> None:
        state = rooms.RoomState.from_data(data)
        if state is None:
            self._ignore(rooms.STATE)
            return
        joined, left = self.roster.update(_user(user) for user in state.users)
        for user in left:
            self._deliver(UserLeft(user))
        for user in joined:
            self._deliver(UserJoined(user))

    def _typing(self, data: dict[str, Any], typing: bool) -> None:
        sender = data.get("from")
        if not isinstance(sender, str) or not rooms.user_id(sender):
            self._ignore(rooms.TYPING)
        elif rooms.user_id(sender) != self._own_id:
            self._deliver(TypingChanged(self.roster.find(rooms.user_id(sender)[:MAX_NAME]), typing))

    def _ignore(self, what: str) -> None:
        self._malformed += 1
        if not notable(self._malformed):
            return
        log.debug(
            "Ignored something malformed from the server",
            event="malformed",
            what=what,
            count=self._malformed,
        )


# Private


def _user(user: rooms.RoomUser) -> User:
    user_id = user.id[:MAX_NAME]
    return User(user_id, user.handle[:MAX_NAME] or user_id)


def _reason(data: dict[str, Any]) -> str:
    reason = data.get("reason")
    return reason[:200] if isinstance(reason, str) else ""
