"""One client WebSocket as callbacks: the protocol of `websockets` on an asyncio transport.

The library's own client puts a queue, a reader task and flow control between the socket and
its reader.  A worker does little else than read, so it takes each message where it comes
in: no task has to wake up for it, and each worker has 0.1 MB less of its own (Python 3.11).

Owns opening, framing and closing.  Does not own what is said; it knows no protoo.
"""

from __future__ import annotations

import asyncio
import functools
import ssl
from collections.abc import Callable, Mapping
from typing import Final, cast

import msgspec
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidState
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from meshvisor.features.watch_party.protoo.client import MAX_MESSAGE
from meshvisor.features.watch_party.worker.proxy import connect_through, proxy_of
from meshvisor.worker.copies import keep_from_copies
from meshvisor.worker.mesh.addresses import connect_to_any
from meshvisor.worker.mesh.transport import NotInMeshError

FRAME_BYTES: Final = 32 * 1024
"""Of one sent frame; servers of this kind refuse frames over 64 KiB with 1009, and a message may
have many frames."""

PIECE: Final = 16 * 1024
"""Bytes that are taken apart at once."""

MOST_UNREAD: Final = 1024 * 1024
"""Bytes of answers that may wait for a server that does not read.  Only pongs come to so many: what
this side has to say waits for its turn.  One that pings without reading would else grow the worker
by as much as it sends."""

DATA: Final = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)


class Closed(msgspec.Struct, frozen=True):
    """How a WebSocket ended."""

    code: int
    """Of the close frame that came, 1006 if none came."""
    reason: str
    complaint: str = ""
    """What this side had to complain about, if it was the one to end it because of an error."""


class WebSocket(asyncio.Protocol):
    """One connection.

    Args:
        address: of the server, with path and query.
        subprotocol: asked for; whether the server agreed is in `subprotocol`.
        close_timeout: seconds that the closing handshake may take.
        on_message: called for each message, text or bytes; must not raise.
        on_end: called once, when an opened connection is over.
    """

    def __init__(
        self,
        address: str,
        subprotocol: str,
        close_timeout: float,
        on_message: Callable[[str | bytes], None],
        on_end: Callable[[Closed], None],
    ) -> None:
        self._uri = parse_uri(address)
        self._protocol = ClientProtocol(
            self._uri, subprotocols=[Subprotocol(subprotocol)], max_size=MAX_MESSAGE
        )
        self._close_timeout = close_timeout
        self._on_message = on_message
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self._transport: asyncio.Transport | None = None
        self._headers: Mapping[str, str] = {}
        self._writable = asyncio.Event()
        self._writable.set()
        self._message = bytearray()
        """What has come of a message in fragments: in one piece, for they may be empty, or of one
        byte, and as many as a server likes."""
        self._binary = False
        self._complaint = ""
        self._deadline: asyncio.TimerHandle | None = None

    # Opening

    async def open(self, headers: Mapping[str, str], timeout: float) -> None:
        """Connect and shake hands.

        Args:
            headers: sent beside those of WebSocket itself.
            timeout: seconds for all of it.

        Raises:
            TimeoutError: it took longer.
            OSError: there is no way to the server.
            websockets.exceptions.WebSocketException: the server refused, or is none.
        """
        self._headers = headers
        try:
            async with asyncio.timeout(timeout):
                await self._connect(timeout)
                await self._opened
        except BaseException:
            self.abort()
            # An error that comes now has no reader.
            self._opened.cancel()
            raise

    @property
    def subprotocol(self) -> str | None:
        """What the server has agreed to."""
        return self._protocol.subprotocol

    async def _connect(self, time: float) -> None:
        context = _tls() if self._uri.secure else None
        if proxy := proxy_of(self._uri):
            await connect_through(proxy, self._uri, self, context)
            return
        await connect_to_any(self, self._uri.host, self._uri.port, context, time)

    # Sending

    @property
    def congested(self) -> bool:
        """Whether the server reads more slowly than this side writes."""
        return not self._writable.is_set()

    def post(self, text: str) -> None:
        """Send a message without waiting.

        Raises:
            NotInMeshError: the connection is closed, or is just being closed.
        """
        if self._transport is None or self._transport.is_closing():
            raise NotInMeshError("the connection to the room is closed")
        data = text.encode()
        try:
            self._protocol.send_text(data[:FRAME_BYTES], fin=len(data) <= FRAME_BYTES)
            for start in range(FRAME_BYTES, len(data), FRAME_BYTES):
                end = start + FRAME_BYTES
                self._protocol.send_continuation(data[start:end], fin=end >= len(data))
        except InvalidState as error:
            raise NotInMeshError("the connection to the room is being closed") from error
        self._flush()

    async def send(self, text: str) -> None:
        """Send a message; waits while the server reads too slowly.  Raises as `post` does."""
        self.post(text)
        if self.congested:
            await self._writable.wait()

    def close(self, reason: str) -> None:
        """Begin the closing handshake; `on_end` follows within the timeout.  Idempotent."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(CloseCode.NORMAL_CLOSURE, reason[:60])
            self._flush()
        self._expect_end()

    def abort(self) -> None:
        """Cut the connection; `on_end` follows at once.  Idempotent."""
        if self._transport is not None:
            self._transport.abort()

    # Receiving: what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        self._transport = cast("asyncio.Transport", transport)
        connection = transport.get_extra_info("socket")
        if connection is not None:
            # A copy that speaks in the room would speak in the middle of what the bot says.
            keep_from_copies(connection)
        request = self._protocol.connect()
        request.headers.update(self._headers)
        self._protocol.send_request(request)
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Take what came apart, hand on messages, answer pings."""
        # In pieces: two bytes are a frame, and a frame takes a hundred times as much until it is
        # handed on.
        for start in range(0, len(data), PIECE):
            self._protocol.receive_data(data[start : start + PIECE])
            self._react()
            if self._complaint:
                return

    def eof_received(self) -> None:
        """Note that nothing more will come."""
        self._protocol.receive_eof()
        self._react()

    def connection_lost(self, exc: Exception | None) -> None:
        """Say how it ended: to the caller that waits for the opening, else to `on_end`."""
        self._protocol.receive_eof()
        if self._deadline is not None:
            self._deadline.cancel()
        self._writable.set()
        if not self._opened.done():
            self._opened.set_exception(exc or self._refusal() or ConnectionResetError())
        elif not self._opened.cancelled() and self._opened.exception() is None:
            self._on_end(self._closed())

    def pause_writing(self) -> None:
        """Let senders wait."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Let senders go on."""
        self._writable.set()

    # Private

    def _react(self) -> None:
        for event in self._protocol.events_received():
            if isinstance(event, Response):
                self._upgraded()
            elif isinstance(event, Frame) and event.opcode in DATA:
                self._take(event)
        if not self._opened.done() and self._refusal() is not None:
            self._upgraded()
        self._flush()
        self._check_unread()
        if self._protocol.close_expected():
            self._expect_end()

    def _upgraded(self) -> None:
        if self._opened.done():
            return
        refusal = self._refusal()
        if refusal is None:
            self._opened.set_result(None)
        else:
            self._opened.set_exception(refusal)

    def _refusal(self) -> Exception | None:
        return self._protocol.handshake_exc

    def _take(self, frame: Frame) -> None:
        if frame.opcode is not Opcode.CONT:
            self._binary = frame.opcode is Opcode.BINARY
        if not frame.fin:
            self._message += frame.data
            return
        data = bytes(self._message + frame.data) if self._message else bytes(frame.data)
        self._message.clear()
        if self._binary:
            self._on_message(data)
            return
        try:
            text = data.decode()
        except UnicodeDecodeError:
            self._protocol.fail(CloseCode.INVALID_DATA, "text that is no UTF-8")
        else:
            self._on_message(text)

    def _flush(self) -> None:
        assert self._transport is not None
        for data in self._protocol.data_to_send():
            if data:
                self._transport.write(data)
            elif self._transport.can_write_eof():
                self._transport.write_eof()
            else:
                # TLS knows no half-closed connections.
                self._transport.close()

    def _check_unread(self) -> None:
        assert self._transport is not None
        if self._transport.get_write_buffer_size() > MOST_UNREAD:
            self._complaint = "it asks without reading the answers"
            self._transport.abort()

    def _expect_end(self) -> None:
        if self._deadline is None:
            self._deadline = self._loop.call_later(self._close_timeout, self.abort)

    def _closed(self) -> Closed:
        protocol = self._protocol
        sent = protocol.close_sent
        complaint = self._complaint
        if protocol.close_rcvd is None and sent is not None and sent.code != 1000:
            complaint = f"{sent.code} {sent.reason}".rstrip()
        code = protocol.close_code
        return Closed(
            CloseCode.ABNORMAL_CLOSURE if code is None else code,
            protocol.close_reason or "",
            complaint,
        )


@functools.cache
def _tls() -> ssl.SSLContext:
    """Return the TLS settings of all connections: certificates and host names are verified.

    Made when the first connection needs it: reading the certificates takes longer than
    everything else at the start of a worker.
    """
    return ssl.create_default_context()
