"""The connection to a server: lines in, lines out.

Owns the socket and TLS.  Does not own what lines mean (`session`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, cast

from meshvisor.features.irc.address import Endpoint
from meshvisor.features.irc.wire.lines import LineReader, decoded
from meshvisor.features.irc.wire.message import Line, parse
from meshvisor.shared import tls
from meshvisor.worker.copies import keep_from_copies
from meshvisor.worker.mesh.addresses import connect_to_any

MOST_UNREAD: Final = 256 * 1024
"""Bytes of answers that may wait for a server that does not read: one that asks without reading
would else grow the worker by as much as it sends."""

PIECE: Final = 16 * 1024
"""Bytes that are taken apart at once."""


class Connection(asyncio.Protocol):
    """One connection.

    Args:
        on_line: called for each line that is one; must not raise.
        on_end: called once, when an opened connection is over, with what has gone wrong; empty:
            the server has closed it.
    """

    def __init__(self, on_line: Callable[[Line], None], on_end: Callable[[str], None]) -> None:
        self._on_line = on_line
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._reader = LineReader()
        self._transport: asyncio.Transport | None = None
        self._is_open = False
        self._complaint = ""
        self._writable = asyncio.Event()
        self._writable.set()
        self.heard_at = 0.0
        """When something came last (loop time)."""

    async def open(self, endpoint: Endpoint, pin: str, certificate: str, patience: float) -> None:
        """Connect.

        Args:
            endpoint: the server.
            pin: see `tls.context`.
            certificate: see `tls.context`.
            patience: seconds for all of it.

        Raises:
            TimeoutError: it took longer.
            OSError: there is no way to the server, or no secure one.
            tls.CertificateError: the bot's certificate cannot be used.
        """
        context = tls.context(pin, certificate) if endpoint.tls else None
        try:
            async with asyncio.timeout(patience):
                await connect_to_any(self, endpoint.host, endpoint.port, context, patience)
            if endpoint.tls and pin:
                secured = self._of_transport("ssl_object")
                tls.check_pin(secured.getpeercert(binary_form=True), pin)
        except BaseException:
            self.abort()
            raise
        self._is_open = True
        self.heard_at = self._loop.time()

    @property
    def is_closing(self) -> bool:
        """Whether nothing can be said any more."""
        return self._transport is None or self._transport.is_closing()

    @property
    def congested(self) -> bool:
        """Whether the server reads more slowly than this side writes."""
        return not self._writable.is_set()

    def post(self, line: str) -> None:
        """Send one line without waiting; where the connection is over, nothing."""
        if self._transport is None or self._transport.is_closing():
            return
        self._transport.write(line.encode("utf-8", "replace") + b"\r\n")
        if self._transport.get_write_buffer_size() > MOST_UNREAD:
            self._complaint = "it asks without reading the answers"
            self._transport.abort()

    async def drained(self) -> None:
        """Wait while the server reads too slowly."""
        await self._writable.wait()

    def abort(self) -> None:
        """Cut the connection; `on_end` follows at once.  Idempotent."""
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take over the socket."""
        self._transport = cast("asyncio.Transport", transport)
        connection = transport.get_extra_info("socket")
        if connection is not None:
            # A copy that speaks would speak in the middle of what the bot says.
            keep_from_copies(connection)

    def data_received(self, data: bytes) -> None:
        """Take apart what came."""
        self.heard_at = self._loop.time()
        for start in range(0, len(data), PIECE):
            for line in self._reader.feed(data[start : start + PIECE]):
                if (message := parse(decoded(line))) is not None:
                    self._on_line(message)

    def connection_lost(self, exc: Exception | None) -> None:
        """Say how it ended."""
        self._writable.set()
        if self._is_open:
            self._is_open = False
            self._on_end(self._complaint or (str(exc) if exc is not None else ""))

    def pause_writing(self) -> None:
        """Let senders wait."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Let senders go on."""
        self._writable.set()

    def _of_transport(self, name: str) -> Any:
        assert self._transport is not None
        return self._transport.get_extra_info(name)
