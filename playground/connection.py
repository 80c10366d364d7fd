"""One WebSocket peer: frames in and out, pings, and the ways in which a connection ends.

Owns the socket from the upgrade to its end.  Does not own what is said on it: requests and
notifications go to a `Conversation`.  Made by the upgrade handler, one per accepted connect.

Frames are written to the transport directly: aiohttp's own `send_str` would wait for a peer that
reads slowly, and with it all others in the room would.
"""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from aiohttp import WSMessage, WSMsgType, web

from meshvisor.features.watch_party.protoo.messages import CLOSED_FOR_GOOD, Notification, Request
from meshvisor.features.watch_party.protoo.peer import Peer
from meshvisor.playground.frames import close_frame, ping_frame, pong_frame, text_frame

MAX_MESSAGE: Final = 1024 * 1024
"""Bytes of one message; the npm server closes with 1009 above it.  Its second limit, 64 KiB for
one frame, cannot be seen here: aiohttp puts the frames of a message together first."""
MAX_UNSENT: Final = 8 * 1024 * 1024
"""Bytes that may wait for a peer that does not read; beyond it the connection is aborted."""
CLOSE_TIMEOUT: Final = 2.0
"""Seconds that a peer has to answer a close frame."""
_ENDINGS: Final = {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR}


class Conversation(Protocol):
    """What is said on a connection."""

    @property
    def silent(self) -> bool:
        """Whether to ignore the peer completely, pings and close frames included."""
        ...

    async def on_request(self, request: Request) -> None:
        """Answer a request, or do not."""
        ...

    async def on_notification(self, notification: Notification) -> None:
        """Take a notification."""
        ...


class PeerConnection:
    """One WebSocket peer.

    Args:
        transport: of the accepted connection.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self.peer = Peer(self._send_text)
        self.ended = False
        """Nothing is sent or handled any more; the socket may still exist for a moment."""
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._deadline: asyncio.TimerHandle | None = None
        self._received = True

    # ---- Out ---------------------------------------------------------------------------------

    def send(self, frame: bytes) -> None:
        """Write a frame without ever waiting; nothing happens on a connection that has ended."""
        if self.ended or self._transport.is_closing():
            return
        self._transport.write(frame)
        if self._transport.get_write_buffer_size() > MAX_UNSENT:
            self.abort()

    async def _send_text(self, text: str) -> None:
        self.send(text_frame(text))

    # ---- Ends --------------------------------------------------------------------------------

    def close(self, code: int = CLOSED_FOR_GOOD, reason: str = "closed by protoo-server") -> None:
        """Close politely: the peer has `CLOSE_TIMEOUT` to answer.  Idempotent."""
        if self.ended:
            return
        self.send(close_frame(code, reason))
        self._end()
        self._deadline = self._loop.call_later(CLOSE_TIMEOUT, self._transport.abort)

    def abort(self) -> None:
        """Cut the connection without a close frame, like a power failure.  Idempotent."""
        self._end()
        self._transport.abort()

    def _end(self) -> None:
        self.ended = True
        self.peer.close()

    # ---- Pings -------------------------------------------------------------------------------

    def ping(self, timeout: float) -> None:
        """Send a ping; abort when nothing at all is heard within `timeout` seconds."""
        if not self.ended:
            self._received = False
            self.send(ping_frame())
            self._deadline = self._loop.call_later(timeout, self._check_alive)

    def _check_alive(self) -> None:
        if not self._received and not self.ended:
            self.abort()

    # ---- In ----------------------------------------------------------------------------------

    async def serve(self, socket: web.WebSocketResponse, conversation: Conversation) -> None:
        """Handle what the peer sends until the connection is gone."""
        try:
            while not self._transport.is_closing():
                message = await socket.receive()
                self._received = True
                if message.type in _ENDINGS:
                    await self._finish(message, conversation)
                    return
                if not conversation.silent and not self.ended:
                    await self._handle(message, conversation)
        finally:
            self._end()
            if self._deadline is not None:
                self._deadline.cancel()
            self._transport.close()

    async def _handle(self, message: WSMessage, conversation: Conversation) -> None:
        if message.type is WSMsgType.PING:
            self.send(pong_frame(message.data))
        elif message.type is WSMsgType.TEXT:  # binary messages are dropped, as by the npm server
            match self.peer.receive(message.data):
                case Request() as request:
                    await conversation.on_request(request)
                case Notification() as notification:
                    await conversation.on_notification(notification)
                case None:
                    pass

    async def _finish(self, message: WSMessage, conversation: Conversation) -> None:
        if message.type is not WSMsgType.CLOSE:
            return
        # aiohttp reads no further after a close frame, so there is no event to wait for.
        while conversation.silent and not self._transport.is_closing():  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        code = message.data if isinstance(message.data, int) and message.data >= 1000 else 1000
        self.send(close_frame(code, ""))
