"""One connection session in a watch-party room: a WebSocket from the moment it is opened until it
is over.

Owns what is received and sent, the repeated `clientPing`, and how the session ends.  Does not
own the wire formats (`protoo`) or the socket (`web_socket`).  What comes from the server
is foreign: the wrong shape is counted and ignored, whatever it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from meshvisor.features.watch_party.protoo import rooms
from meshvisor.features.watch_party.protoo.client import ABNORMAL
from meshvisor.features.watch_party.protoo.messages import (
    CLOSED_FOR_GOOD,
    SUBPROTOCOL,
    Failure,
    Notification,
    Request,
    Success,
    encode,
)
from meshvisor.features.watch_party.protoo.peer import Peer, RequestFailedError
from meshvisor.features.watch_party.worker.roster import Roster
from meshvisor.features.watch_party.worker.web_socket import Closed, WebSocket
from meshvisor.shared.protocol.fields import one_line
from meshvisor.worker.logs.bound import bound_log, notable
from meshvisor.worker.mesh.session_life import SessionLife
from meshvisor.worker.mesh.timings import Timings
from meshvisor.worker.mesh.transport import (
    ChatMessage,
    Deliver,
    End,
    EndKind,
    NotInMeshError,
    Observed,
    TypingChanged,
    User,
    UserJoined,
    UserLeft,
)

MAX_NAME: Final = 128
"""Characters of an id or a name; longer names are cut, and no user has a longer id."""

MAX_MENTIONS: Final = 50
"""Users that one message may mention; further ones are left out."""

log = bound_log(__name__)


class ConnectionSession:
    """One WebSocket and everything that goes over it.

    Args:
        address: of the room, with its query.
        peer_id: who the bot is there.
        deliver: called for everything that comes in.
        timings: how long to wait for what.
    """

    def __init__(self, address: str, peer_id: str, deliver: Deliver, timings: Timings) -> None:
        self._peer_id = peer_id
        self._deliver = deliver
        self._timings = timings
        self._socket = WebSocket(address, SUBPROTOCOL, timings.close, self._take, self._closed)
        self._peer = Peer(self._socket.send)
        self._pinger: asyncio.Task[None] | None = None
        self._malformed = 0
        self._life = SessionLife()
        self.roster = Roster(rooms.user_id(peer_id))

    @property
    def over(self) -> bool:
        """Whether it has ended or is about to."""
        return self._life.end is not None

    @property
    def subprotocol(self) -> str | None:
        """What the server speaks, once it is open."""
        return self._socket.subprotocol

    async def open(self, headers: Mapping[str, str]) -> None:
        """Open the WebSocket; raises as `WebSocket.open` does."""
        await self._socket.open(headers, self._timings.open)
        self._pinger = asyncio.create_task(self._ping(), name="protoo ping")
        self._pinger.add_done_callback(self._pinger_ended)

    async def enter(self) -> None:
        """Tell the server that this side is ready; from now on the bot counts as being there.

        Raises:
            RequestFailedError: the server does not want it.
            TimeoutError: no answer.
            ConnectionError: the session is over; `ended` says how.
        """
        await self._peer.request(rooms.FULLY_JOINED, timeout=self._timings.request)

    async def ended(self) -> End:
        """Return how the session ended, when it has."""
        return await self._life.ended()

    async def leave(self, reason: str, *, politely: bool) -> None:
        """End it; see `Transport.leave`."""
        self._life.set_end(End(EndKind.LEFT, reason))
        if politely:
            self._socket.close(reason)
        else:
            self._socket.abort()
        await self._life.ended()

    async def say(self, text: str, reply_to: str | None) -> str:
        """Send one chat message; return its id.

        Raises:
            NotInMeshError: the connection is closed.
        """
        message = rooms.ChatMessage(text, id=uuid.uuid4().hex, sender=self._peer_id, reply=reply_to)
        await self._peer.notify(rooms.CHAT, message.to_data())
        return message.id

    async def show_typing(self, typing: bool) -> None:
        """Send `typing` or `typing_stop`."""
        await self._peer.notify(rooms.TYPING if typing else rooms.TYPING_STOP)

    # Pings

    async def _ping(self) -> None:
        """Find a socket that is dead without having been closed."""
        while True:
            await asyncio.sleep(self._timings.ping)
            try:
                await self._peer.request(rooms.CLIENT_PING, timeout=self._timings.request)
            except RequestFailedError:
                pass  # an answer of any kind proves that the server is there
            except TimeoutError:
                patience = self._timings.request
                self._life.set_end(End(EndKind.LOST, f"no answer to a ping within {patience:g} s"))
                # No closing handshake with the dead.
                self._socket.abort()
                return
            except ConnectionError:
                return

    def _pinger_ended(self, pinger: asyncio.Task[None]) -> None:
        if not pinger.cancelled() and (error := pinger.exception()) is not None:
            self._crashed(error)

    # End

    def _crashed(self, error: BaseException) -> None:
        """End the session: a mistake of ours must cost this connection and not the worker."""
        log.error(
            "The connection ended with an internal error", exc_info=error, event="stay_crashed"
        )
        self._life.set_end(End(EndKind.LOST, "internal error, see the log"))
        self._socket.abort()

    def _closed(self, closed: Closed) -> None:
        self._life.set_end(_end_of(closed))
        self._peer.close()
        if self._pinger is not None:
            self._pinger.cancel()
        self._life.finish()

    # In

    def _take(self, frame: str | bytes) -> None:
        if self._life.end is not None:
            return
        try:
            self._sort(frame)
        except Exception as error:  # noqa: BLE001 - a callback has no caller to raise to
            self._crashed(error)

    def _sort(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            self._ignore("a binary frame")
            return
        malformed = self._peer.malformed
        message = self._peer.receive(frame)
        match message:
            case Notification(method, data):
                self._notified(method, data)
            case Request():
                self._asked(message)
            case None if self._peer.malformed > malformed:
                self._ignore("a frame")

    def _asked(self, request: Request) -> None:
        # A server that asks without reading the answers gets none.
        if self._socket.congested:
            return
        if request.method == rooms.CLIENT_PING:
            self._answer(Success(request.id))
        else:
            self._answer(Failure(request.id, 404, "this peer knows no such method"))

    def _answer(self, answer: Success | Failure) -> None:
        # When it cannot be sent, the end of the connection is about to be reported.
        with contextlib.suppress(NotInMeshError):
            self._socket.post(encode(answer))

    def _notified(self, method: str, data: dict[str, Any]) -> None:
        match method:
            case rooms.CHAT:
                self._chat(data)
            case rooms.STATE:
                self._state(data)
            case rooms.TYPING | rooms.TYPING_STOP:
                self._typing(data, method == rooms.TYPING)
            case rooms.POSITION:
                self._position(data)
            case rooms.KICKED:
                self._sent_away(End(EndKind.KICKED, _reason(data)))
            case rooms.ENDED:
                self._sent_away(End(EndKind.ROOM_ENDED, _reason(data)))

    def _sent_away(self, end: End) -> None:
        self._life.set_end(end)
        self._socket.close("as you wish")

    def _chat(self, data: dict[str, Any]) -> None:
        message = rooms.ChatMessage.from_data(data)
        if message is None or not _is_id(message.sender_id):
            self._ignore(rooms.CHAT)
        elif not self._is_own(message.sender):
            self._deliver(
                ChatMessage(
                    id=message.id[:MAX_NAME],
                    user=self.roster.find(message.sender_id),
                    text=message.text,
                    mentions=tuple(_users(message.mentions))[:MAX_MENTIONS],
                    reply_to=message.reply[:MAX_NAME] if message.reply else None,
                )
            )

    def _state(self, data: dict[str, Any]) -> None:
        state = rooms.RoomState.from_data(data)
        if state is None:
            self._ignore(rooms.STATE)
            return
        joined, left = self.roster.update(_users(state.users))
        for user in left:
            self._deliver(UserLeft(user))
        for user in joined:
            self._deliver(UserJoined(user))

    def _typing(self, data: dict[str, Any], typing: bool) -> None:
        sender = data.get("from")
        if not isinstance(sender, str) or not _is_id(rooms.user_id(sender)):
            self._ignore(rooms.TYPING)
        elif not self._is_own(sender):
            user = self.roster.find(rooms.user_id(sender))
            self._deliver(TypingChanged(user, typing))

    def _position(self, data: dict[str, Any]) -> None:
        sender = data.get("from")
        if not isinstance(sender, str) or not _is_id(rooms.user_id(sender)):
            self._ignore(rooms.POSITION)
        elif not self._is_own(sender):
            user = self.roster.find(rooms.user_id(sender))
            place: dict[str, Any] = {name: data[name] for name in _PLACE if name in data}
            self._deliver(Observed(rooms.POSITION, user, data=place))

    def _is_own(self, sender: str) -> bool:
        """Say whether a message comes from this very bot.

        Its user id with another device is a person who has logged in as the bot.  Without any
        device it counts as an echo: a bot that answers itself does so for ever.
        """
        return sender in {self._peer_id, self.roster.own_id}

    def _ignore(self, what: str) -> None:
        self._malformed += 1
        if notable(self._malformed):
            log.debug(
                "Ignored something malformed from the server",
                event="malformed",
                what=what,
                count=self._malformed,
            )


# Private

_PLACE: Final = ("latitude", "longitude", "accuracy_m")


def _end_of(closed: Closed) -> End:
    if closed.code == CLOSED_FOR_GOOD:
        return End(EndKind.CLOSED_FOR_GOOD, closed.reason or "closed by the server")
    if closed.complaint:
        return End(EndKind.LOST, f"the connection had to be closed: {closed.complaint}")
    if closed.code == ABNORMAL:
        return End(EndKind.LOST, "the connection broke")
    said = f": {closed.reason}" if closed.reason else ""
    return End(EndKind.LOST, f"the connection was closed with code {closed.code}{said}")


def _users(found: Iterable[rooms.RoomUser]) -> Iterator[User]:
    """Yield people as everything behind this sees them; who has no usable id is left out.

    The platform vouches for all: its server knows each peer by the account it has logged in with.
    """
    for user in found:
        if _is_id(user.id):
            # Handlers repeat names in the room and in logs: on one line, and visible.
            name = one_line(user.handle[: 4 * MAX_NAME])[:MAX_NAME].strip()
            yield User(user.id, name or user.id, authenticated=True)


def _is_id(text: str) -> bool:
    """Say whether this can be a user id.

    Not mended: a user called `12` and something invisible would else become the user `12`.
    """
    return 0 < len(text) <= MAX_NAME and text.isprintable() and " " not in text


def _reason(data: dict[str, Any]) -> str:
    reason = data.get("reason")
    return reason[:200] if isinstance(reason, str) else ""
