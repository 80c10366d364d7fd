"""A connection to a homeserver: one request at a time, and its answer.

Owns the socket and TLS.  Does not own the syntax (`wire.http`), nor which requests are made and on
which of several connections (`client`).
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

from meshvisor.features.matrix.address import Homeserver
from meshvisor.features.matrix.wire.http import HttpError, Response, ResponseReader
from meshvisor.shared import tls
from meshvisor.worker.copies import keep_from_copies
from meshvisor.worker.mesh.addresses import connect_to_any


class StaleError(ConnectionError):
    """The server has closed the connection without a word of an answer.

    One that was idle is closed by servers now and then: the same request on a new one is right.
    """


class HttpConnection(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._reader: ResponseReader | None = None
        self._answer: asyncio.Future[Response] | None = None
        self.is_over = False
        """Whether it was open and is not any more."""

    async def open(self, server: Homeserver, pin: str, patience: float) -> None:
        """Connect.

        Args:
            server: to which.
            pin: see `tls.context`.
            patience: seconds for all of it.

        Raises:
            TimeoutError: it took longer.
            OSError: there is no way to the server, or no secure one.
        """
        context = tls.context(pin, "") if server.tls else None
        try:
            async with asyncio.timeout(patience):
                await connect_to_any(self, server.host, server.port, context, patience)
            if server.tls and pin:
                secured = self._of_transport("ssl_object")
                tls.check_pin(secured.getpeercert(binary_form=True), pin)
        except BaseException:
            self.abort()
            raise

    @property
    def is_usable(self) -> bool:
        """Whether a request can be made."""
        return (
            self._transport is not None
            and not self.is_over
            and not self._transport.is_closing()
            and self._answer is None
        )

    async def ask(self, method: str, request: bytes, patience: float) -> Response:
        """Make a request and return the answer; cancelling it cuts the connection.

        Args:
            method: of the request.
            request: all of it.
            patience: seconds until the answer has to be whole.

        Raises:
            TimeoutError: it took longer.
            StaleError: the connection ended before anything came.
            ConnectionError: it ended in the middle of the answer.
            HttpError: what came is no answer.
        """
        assert self._answer is None
        if not self.is_usable or self._transport is None:
            raise StaleError("the connection is over")
        self._reader = ResponseReader(method)
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        try:
            async with asyncio.timeout(patience):
                answer = await self._answer
        except BaseException:
            self.abort()
            raise
        finally:
            self._answer, self._reader = None, None
        if not answer.stays_open:
            self.abort()
        return answer

    def abort(self) -> None:
        """Cut the connection; idempotent."""
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
        """Take apart what came; what was not asked for ends the connection."""
        if self._reader is None or self._answer is None or self._answer.done():
            self.abort()
            return
        try:
            answer = self._reader.feed(data)
        except HttpError as error:
            self._answer.set_exception(error)
            self.abort()
            return
        if answer is not None:
            self._answer.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        """Give up what is waited for."""
        self.is_over = True
        if self._answer is None or self._answer.done() or self._reader is None:
            return
        if exc is None and (answer := self._reader.end()) is not None:
            self._answer.set_result(answer)
        elif self._reader.has_begun:
            self._answer.set_exception(
                ConnectionResetError("the connection broke in the middle of an answer")
            )
        else:
            self._answer.set_exception(StaleError("it has closed the connection"))

    def _of_transport(self, name: str) -> Any:
        assert self._transport is not None
        return self._transport.get_extra_info(name)
