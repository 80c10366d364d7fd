"""The runner's side of the channel: all that is said in one turn of the loop is written once.

Owns when frames are written, and waiting until they are.  Does not own what they say
(`features.jobs.messages.from_runner`).

A runner may say a hundred thousand things in a second, and each write costs as much as ten of
them.  So frames and their future sources are only noted, and written together at the end of the
turn.  What the socket does not take is kept here and not in the transport: a supervisor that
reads slowly makes jobs wait (`drained`) and breaks nothing.  While the loop has no turn, a thread
writes in its place (`flush_guard`).
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from typing import Any, Final, Protocol, cast

from meshvisor.features.jobs.messages.to_runner import TO_RUNNER
from meshvisor.features.jobs.worker.flush_guard import FlushGuard, write_now
from meshvisor.shared.protocol.channel import Channel, ChannelClosedError, ReadBudget
from meshvisor.shared.protocol.codec import Codec

CODEC: Final = Codec(TO_RUNNER)
"""Prepared once, before the fork (`main.warm_up`)."""

WRITE: Final = 1024 * 1024
"""Bytes that are handed to the transport at once, beyond the frame that fills them."""

NO_LIMIT: Final = ReadBudget(bytes=1 << 62, messages=1 << 62)
"""The supervisor is trusted, and may start as many jobs as it likes."""


class Source(Protocol):
    """A source that collects what to say until the end of the turn."""

    def take_frames(self) -> bytes:
        """Return what has been collected; empty: nothing any more.

        Called in any thread, with the outbox's `lock` held: what is collected is added under it.
        """
        ...


class Outbox(Channel):
    """A channel that writes once in a turn.  `send`, `ask` and `put` belong to the loop's thread,
    `note` to any.

    Attributes:
        lock: held by a thread that changes what waits to be written.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.budget = NO_LIMIT
        self.bytes_waiting = 0
        """Of frames that are noted here; those that the system has are not counted."""
        self._thread = threading.get_ident()
        self._frames: deque[bytes] = deque()
        self._sources: deque[Source] = deque()
        self._noted = False
        self._paused = False
        self._drained: asyncio.Future[None] | None = None
        self._turn = 0
        """How often the loop has handed on what was noted."""
        self._seen = -1
        """The turn at the guard's last look."""
        self.lock = threading.RLock()
        self._guard = FlushGuard(self._is_overdue, self._write_in_place)

    # Sending

    def send_frame(self, frame: bytes) -> None:
        """Write a frame, or several, at the end of this turn.

        Raises:
            ChannelClosedError: the other side is gone.
        """
        if self._closed:
            raise ChannelClosedError("the channel is closed")
        self.put(frame)

    def put(self, frame: bytes) -> None:
        """Write a frame, or several, at the end of this turn; nothing when the supervisor is
        gone.
        """
        with self.lock:
            self._frames.append(frame)
            self.bytes_waiting += len(frame)
            if not self._noted:
                self._note()

    def note(self, source: Source) -> None:
        """Ask `source` at the end of this turn for what it has to say; callable in any thread."""
        with self.lock:
            self._sources.append(source)
            if not self._noted:
                self._note()

    # Waiting

    @property
    def busy(self) -> bool:
        """Whether there is something that the system has not taken yet."""
        return self._paused or bool(self._frames) or bool(self._sources)

    async def drained(self) -> None:
        """Return when the system has taken everything.

        Raises:
            ChannelClosedError: the supervisor is gone.
        """
        while self.busy:
            if self._closed:
                raise ChannelClosedError("the channel is closed")
            if self._drained is None:
                self._drained = self._loop.create_future()
            # Shared by all who wait: one that is cancelled must not cancel it for the others.
            await asyncio.shield(self._drained)

    def flush(self) -> None:
        """Hand on what has been noted now."""
        with self.lock:
            self._turn += 1
            self._collect()
            self._write()

    # Called by the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Have the transport say when it holds nothing back any more."""
        super().connection_made(transport)
        cast("asyncio.Transport", transport).set_write_buffer_limits(high=0)

    def pause_writing(self) -> None:
        """Keep frames here."""
        self._paused = True

    def resume_writing(self) -> None:
        """Go on."""
        with self.lock:
            self._paused = False
            self._write()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake those who wait."""
        super().connection_lost(exc)
        self._paused = False
        self._guard.stop()
        self._settle()

    # Private

    def _note(self) -> None:
        self._noted = True
        self._guard.wake()
        if threading.get_ident() == self._thread:
            self._loop.call_soon(self.flush)
        else:
            self._loop.call_soon_threadsafe(self.flush)

    def _collect(self) -> None:
        # Before anything is taken: what another thread notes from here on gets a turn of its own.
        self._noted = False
        sources = self._sources
        while sources:
            frames = sources.popleft().take_frames()
            if frames:
                self._frames.append(frames)
                self.bytes_waiting += len(frames)

    def _is_overdue(self) -> bool | None:
        """Say whether the loop had no turn since the last look; None: nothing waits for one."""
        with self.lock:
            if not self._noted or self._closed:
                self._seen = -1
                return None
            seen, self._seen = self._seen, self._turn
            return seen == self._turn

    def _write_in_place(self) -> None:
        """Write what waits, in the place of a loop that has no turn."""
        with self.lock:
            transport = self._transport
            if not self._noted or self._paused or self._closed or transport is None:
                return
            self._collect()
            data = b"".join(self._frames)
            self._frames.clear()
            self.bytes_waiting -= len(data)
            rest = data[write_now(transport.get_extra_info("socket").fileno(), data) :]
            if rest:
                self._frames.append(rest)
                self.bytes_waiting += len(rest)

    def _write(self) -> None:
        frames = self._frames
        while frames and not self._paused and not self._closed:
            size = 0
            pieces: list[bytes] = []
            while frames and size < WRITE:
                pieces.append(frames.popleft())
                size += len(pieces[-1])
            self.bytes_waiting -= size
            super().send_frame(pieces[0] if len(pieces) == 1 else b"".join(pieces))
        if self._closed:
            frames.clear()
            self.bytes_waiting = 0
        if self._drained is not None and not self.busy:
            self._settle()

    def _settle(self) -> None:
        drained, self._drained = self._drained, None
        if drained is not None and not drained.done():
            drained.set_result(None)
