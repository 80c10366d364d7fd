"""One account at one homeserver: makes requests, over as many connections as it takes.

Owns connections, the token and how far the server's clock is off.  Does not own what is asked
(`wire.requests`).
"""

from __future__ import annotations

import asyncio
import time
from email.utils import parsedate_to_datetime
from typing import Final

from meshvisor.features.matrix.address import Homeserver
from meshvisor.features.matrix.wire.http import Response, written
from meshvisor.features.matrix.wire.refusals import refusal
from meshvisor.features.matrix.wire.requests import Request
from meshvisor.features.matrix.worker.http import HttpConnection, StaleError

MOST_AT_ONCE: Final = 8
"""Requests that are under way: a join makes four, and several places may be spoken in."""

CLOCK_SLACK: Final = 2.0
"""Seconds by which a clock may be off; the header has whole seconds, and answers take time."""


class Client:
    """Makes requests.

    Args:
        server: to which.
        pin: of its certificate; see `tls.context`.
        connects: seconds that a connect may take.
        patience: seconds that an answer may take then.
    """

    def __init__(self, server: Homeserver, pin: str, connects: float, patience: float) -> None:
        self.server = server
        self.token = ""
        """Of access; empty: not logged in."""
        self.clock_ahead = 0.0
        """Seconds that the server's clock is ahead of this machine's."""
        self._pin = pin
        self._connects = connects
        self.patience = patience
        """Seconds that an answer may take."""
        self._connections: set[HttpConnection] = set()
        self._slots = asyncio.Semaphore(MOST_AT_ONCE)
        self._is_closed = False

    async def ask(self, request: Request, longer: float = 0.0) -> bytes:
        """Make a request; return the content of the answer.

        Args:
            request: what is asked.
            longer: seconds that the answer may take beyond the usual.

        Raises:
            MatrixError: the server did not do it.
            TimeoutError: it did not answer in time.
            HttpError: it does not speak HTTP.
            OSError: there is no way to it, or the connection broke.
        """
        async with self._slots:
            answer = await self._exchange(request, self.patience + longer)
        self._note_clock(answer)
        if not 200 <= answer.status < 300:
            raise refusal(answer)
        return answer.content

    def close(self) -> None:
        """Cut all connections; idempotent."""
        self._is_closed = True
        for connection in self._connections:
            connection.abort()
        self._connections.clear()

    # Private

    async def _exchange(self, request: Request, patience: float) -> Response:
        token = self.token if request.has_token else ""
        data = written(self.server, request.method, request.target, token, request.encoded)
        while (idle := self._idle()) is not None:
            try:
                return await idle.ask(request.method, data, patience)
            except StaleError:
                # It was closed while it was idle.  Everything that is asked may be asked twice.
                self._connections.discard(idle)
        connection = HttpConnection()
        await connection.open(self.server, self._pin, self._connects)
        if self._is_closed:
            connection.abort()
        # From here to the request nothing else runs: another one must not take it for idle.
        self._connections.add(connection)
        return await connection.ask(request.method, data, patience)

    def _idle(self) -> HttpConnection | None:
        for connection in list(self._connections):
            if connection.is_usable:
                return connection
            if connection.is_over:
                self._connections.discard(connection)
        return None

    def _note_clock(self, answer: Response) -> None:
        try:
            there = parsedate_to_datetime(answer.headers["date"]).timestamp()
        except (KeyError, ValueError):
            return
        ahead = there - time.time()
        self.clock_ahead = ahead if abs(ahead) > CLOCK_SLACK else 0.0
