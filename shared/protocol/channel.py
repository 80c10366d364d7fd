"""One end of a connection between the supervisor and a child: a thin shell around `frames` and
`codec` on an asyncio transport.

Owns sending, receiving, matching answers to requests, their deadlines, and a bound on how much
one peer may make the other read.  Does not own what messages mean: they go to `on_message`.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import Final, Self, cast

import msgspec

from meshvisor.shared.protocol.codec import Codec, CorruptFrameError, UnknownMessage
from meshvisor.shared.protocol.frames import FrameDecoder, FrameTooLongError
from meshvisor.shared.protocol.messages import Message

BUDGET_WINDOW: Final = 1.0
"""Seconds."""

MAX_WRITE_BUFFER: Final = 8 * 1024 * 1024
"""Bytes that may wait for a peer that does not read.  Beyond it the peer is treated as gone: a
frozen child must not grow the supervisor."""


class ChannelClosedError(ConnectionError):
    """The other side is gone, or this side has closed the channel."""


class RequestTimeoutError(TimeoutError):
    """No answer came before the deadline."""


class ReadBudget(msgspec.Struct, frozen=True):
    """What one peer may send per `BUDGET_WINDOW` before reading from it pauses until it ends.

    A peer that floods then fills its own socket buffer and harms no other peer.
    """

    bytes: int = 4 * 1024 * 1024
    """The largest honest burst (a few full frames) passes."""
    messages: int = 2_000
    """Four megabytes could hold fifty thousand: decoding these would take all of a processor.  So
    many take a twentieth."""


class Broken(msgspec.Struct, frozen=True):
    """Why a channel ended without being closed."""

    reason: str
    head: str = ""
    """Beginning of the frame that was at fault, secrets removed."""


class Channel(asyncio.Protocol):
    """One end of the connection.

    Args:
        codec: reads what the other side sends.
        on_message: called for every message that is no answer to a `request`.
        on_unknown: called for messages of an unknown type; the connection is kept.
        on_close: called once, with None after an ordinary end and `Broken` when the peer sent
            what it must not or stopped reading.
    """

    def __init__(
        self,
        codec: Codec,
        on_message: Callable[[Message], None],
        on_close: Callable[[Broken | None], None],
        on_unknown: Callable[[UnknownMessage], None] = lambda unknown: None,
    ) -> None:
        self._codec = codec
        self._on_message = on_message
        self._on_close = on_close
        self._on_unknown = on_unknown
        self._decoder = FrameDecoder()
        self.budget = ReadBudget()
        self.write_limit = MAX_WRITE_BUFFER
        """Bytes that may wait for a peer that does not read; see there."""
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()
        self._pending: dict[int, asyncio.Future[Message]] = {}
        self._broken: Broken | None = None
        self._closed = False
        self._window_start = 0.0
        self._window_bytes = 0
        self._window_messages = 0

    @classmethod
    async def open(
        cls,
        sock: socket.socket,
        codec: Codec,
        on_message: Callable[[Message], None],
        on_close: Callable[[Broken | None], None],
        on_unknown: Callable[[UnknownMessage], None] = lambda unknown: None,
    ) -> Self:
        """Take over a connected stream socket and return the channel on it."""
        sock.setblocking(False)
        _, channel = await asyncio.get_running_loop().create_connection(
            lambda: cls(codec, on_message, on_close, on_unknown), sock=sock
        )
        return channel

    # Sending

    @property
    def closed(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._closed

    def send(self, message: Message) -> None:
        """Send without waiting; never blocks.

        Raises:
            ChannelClosedError: the other side is gone.
        """
        self.send_frame(self._codec.encode(message))

    def say(self, message: Message) -> None:
        """Send, or do nothing when the other side is gone, of which `on_close` has been
        notified.
        """
        with contextlib.suppress(ChannelClosedError):
            self.send(message)

    def send_frame(self, frame: bytes) -> None:
        """Send what is encoded already, one frame or several, as `send` does."""
        transport = self._transport
        if self._closed or transport is None:
            raise ChannelClosedError("the channel is closed")
        transport.write(frame)
        if transport.get_write_buffer_size() > self.write_limit:
            self._break(Broken("the peer has stopped reading"))

    def ask(self, message: Message) -> asyncio.Future[Message]:
        """Send `message` and return the future of the message that answers it.

        The future fails with `ChannelClosedError` when the other side goes away first.  A caller
        that does not want the answer any more cancels it; a late one is an ordinary message.

        Raises:
            ChannelClosedError: the other side is gone already.
        """
        answer: asyncio.Future[Message] = self._loop.create_future()
        self.send(message)
        self._pending[message.id] = answer
        answer.add_done_callback(lambda _: self._pending.pop(message.id, None))
        return answer

    async def request(self, message: Message, deadline: float) -> Message:
        """Send `message` and return the message that answers it; cancelling it is safe.

        Args:
            message: the request; its `id` is what the answer's `reply_to` names.
            deadline: seconds to wait.

        Raises:
            RequestTimeoutError: no answer in time; the channel stays usable.
            ChannelClosedError: the other side is gone, or went away before it answered.
        """
        answer = self.ask(message)
        try:
            async with asyncio.timeout(deadline):
                return await answer
        except TimeoutError:
            raise RequestTimeoutError(f"no answer to {message.type} in {deadline} s") from None

    def close(self) -> None:
        """Flush what was sent and close; idempotent."""
        self._closed = True
        if self._transport is not None:
            self._transport.close()

    # Receiving: the methods of an asyncio.Protocol, called by the transport.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Cut, decode and hand on what came."""
        messages = 0
        try:
            for body in self._decoder.feed(data):
                messages += 1
                self._dispatch(self._codec.decode(body))
        except FrameTooLongError as error:
            self._break(Broken(str(error), CorruptFrameError(error.head, "").head))
        except CorruptFrameError as error:
            self._break(Broken(str(error), error.head))
        self._spend_budget(len(data), messages)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the requests that wait for an answer, and report the end."""
        self._closed = True
        for answer in list(self._pending.values()):
            if not answer.done():
                answer.set_exception(ChannelClosedError("the other side is gone"))
        if self._broken is None and self._decoder.half_frame:
            self._broken = Broken("the stream ended within a frame")
        self._on_close(self._broken)

    # Private

    def _dispatch(self, message: Message | UnknownMessage) -> None:
        if isinstance(message, UnknownMessage):
            self._on_unknown(message)
            return
        if message.reply_to is not None:
            answer = self._pending.get(message.reply_to)
            if answer is not None:
                if not answer.done():
                    answer.set_result(message)
                return
        self._on_message(message)

    def _spend_budget(self, size: int, messages: int) -> None:
        now = self._loop.time()
        if now - self._window_start >= BUDGET_WINDOW:
            self._window_start, self._window_bytes, self._window_messages = now, 0, 0
        self._window_bytes += size
        self._window_messages += messages
        budget = self.budget
        is_spent = self._window_bytes > budget.bytes or self._window_messages > budget.messages
        transport = self._transport
        if is_spent and transport is not None and transport.is_reading():
            transport.pause_reading()
            self._loop.call_at(self._window_start + BUDGET_WINDOW, self._resume)

    def _resume(self) -> None:
        if self._transport is not None and not self._closed:
            self._transport.resume_reading()

    def _break(self, why: Broken) -> None:
        if self._broken is None:
            self._broken = why
        self._closed = True
        if self._transport is not None:
            self._transport.abort()
