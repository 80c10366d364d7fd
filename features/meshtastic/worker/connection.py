"""The connection to a radio, over TCP or its serial port: messages in, messages out.

Owns sockets, serial ports and frames.  Does not own what messages mean (`session`).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Final

from meshvisor.features.meshtastic.address import Endpoint
from meshvisor.features.meshtastic.serial_port import open_port
from meshvisor.features.meshtastic.wire.frames import WAKE, FrameReader, framed
from meshvisor.worker.copies import keep_from_copies
from meshvisor.worker.mesh.addresses import connect_to_any

MOST_UNREAD: Final = 64 * 1024
"""Bytes that may wait for a radio that does not read: a text in two seconds is far less."""

PIECE: Final = 16 * 1024
"""Bytes that are taken apart at once."""

EMPTY: Final = "the radio has closed the connection"


class Connection(asyncio.Protocol):
    """One connection.

    Args:
        on_message: called for each message that comes; must not raise.
        on_end: called once, when an opened connection is over, with what has gone wrong, and
            whether the radio has closed it in good order.
    """

    def __init__(
        self, on_message: Callable[[bytes], None], on_end: Callable[[str, bool], None]
    ) -> None:
        self._on_message = on_message
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._reader = FrameReader()
        self._in: asyncio.BaseTransport | None = None
        self._out: asyncio.WriteTransport | None = None
        self._is_open = False
        self._is_at_end = False
        self._complaint = ""

    async def open(self, radio: Endpoint, patience: float) -> None:
        """Connect, and wake the radio.

        Raises:
            TimeoutError: it took longer than `patience` seconds.
            OSError: there is no way to it.
        """
        try:
            if radio.device:
                await self._open_port(radio.device)
            else:
                async with asyncio.timeout(patience):
                    await connect_to_any(self, radio.host, radio.port, None, patience)
        except BaseException:
            self.abort()
            raise
        self._is_open = True
        assert self._out is not None
        self._out.write(WAKE)

    @property
    def is_closing(self) -> bool:
        """Whether nothing can be said any more."""
        return self._out is None or self._out.is_closing()

    def post(self, message: bytes) -> None:
        """Send one message without waiting; where the connection is over, nothing."""
        if self._out is None or self._out.is_closing():
            return
        self._out.write(framed(message))
        if self._out.get_write_buffer_size() > MOST_UNREAD:
            self._complaint = "the radio does not read what it is told"
            self.abort()

    def abort(self) -> None:
        """Cut the connection; `on_end` follows at once.  Idempotent."""
        if self._out is not None:
            self._out.abort()
        if self._in is not None and self._in is not self._out:
            self._in.close()

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take over what was opened."""
        self._in = transport
        if isinstance(transport, asyncio.WriteTransport):
            self._out = transport
        # A copy that speaks would speak in the middle of what the bot says.
        owner = transport.get_extra_info("socket") or transport.get_extra_info("pipe")
        if owner is not None:
            keep_from_copies(owner)

    def data_received(self, data: bytes) -> None:
        """Take apart what came."""
        for start in range(0, len(data), PIECE):
            for message in self._reader.feed(data[start : start + PIECE]):
                self._on_message(message)

    def eof_received(self) -> None:
        """Note that the radio has said its last."""
        self._is_at_end = True

    def connection_lost(self, exc: Exception | None) -> None:
        """Say how it ended."""
        self.abort()
        if self._is_open:
            self._is_open = False
            why = self._complaint or (str(exc) if exc is not None else EMPTY)
            self._on_end(why, self._is_at_end and exc is None)

    # Private

    async def _open_port(self, device: str) -> None:
        port = open_port(device)
        try:
            written = os.fdopen(os.dup(port.fileno()), "wb", buffering=0)
        except BaseException:
            port.close()
            raise
        transport, _ = await self._loop.connect_write_pipe(asyncio.BaseProtocol, written)
        self._out = transport
        await self._loop.connect_read_pipe(lambda: self, port)
