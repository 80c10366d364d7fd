"""One side of a protoo connection: requests with deadlines both ways, notifications, no sockets.

Owns request ids and the matching of answers.  Does not own the WebSocket: text goes out through
a callable and comes in through `receive`.  Used by the worker's transport, the playground and
`meshvisor chat`, each with a WebSocket of its own.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Final

from meshvisor.features.watch_party.protoo.messages import (
    MAX_ID,
    Failure,
    Notification,
    Request,
    Success,
    decode,
    encode,
)

REQUEST_TIMEOUT: Final = 8.0
"""Seconds that the platform's own client waits for an answer."""

Send = Callable[[str], Awaitable[None]]


class RequestFailedError(Exception):
    """The other side answered with an error.

    Attributes:
        code: its `errorCode`.
        reason: its `errorReason`.
    """

    def __init__(self, method: str, code: int, reason: str) -> None:
        super().__init__(f"{method} was refused: {reason or 'no reason given'} ({code})")
        self.code = code
        self.reason = reason


class PeerClosedError(ConnectionError):
    """The connection ended before an answer came."""


class Peer:
    """One side of a protoo connection.

    Args:
        send: sends one text frame; raises `ConnectionError` (or the WebSocket library's own
            error) when it cannot.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        # A random start, so that ids of an old connection and of this one hardly ever meet.
        self._next_id = secrets.randbelow(MAX_ID)
        self._closed = False
        self.malformed = 0
        """Frames that were dropped because they hold no protoo message."""

    async def request(
        self, method: str, data: dict[str, Any] | None = None, timeout: float = REQUEST_TIMEOUT
    ) -> dict[str, Any]:
        """Ask the other side and return the data of its answer.

        Raises:
            RequestFailedError: it answered with an error.
            TimeoutError: no answer within `timeout` seconds.
            PeerClosedError: the connection ended first.
        """
        if self._closed:
            raise PeerClosedError("the connection is closed")
        number = self._unused_id()
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            async with asyncio.timeout(timeout):
                await self._send(encode(Request(number, method, data or {})))
                return await answer
        except RequestFailedError as error:
            raise RequestFailedError(method, error.code, error.reason) from None
        finally:
            self._waiting.pop(number, None)
            if answer.done() and not answer.cancelled():
                answer.exception()  # looked at, or asyncio complains when only the sending failed

    async def notify(self, method: str, data: dict[str, Any] | None = None) -> None:
        """Tell the other side something that needs no answer."""
        await self._send(encode(Notification(method, data or {})))

    async def accept(self, request: Request, data: dict[str, Any] | None = None) -> None:
        """Answer a request with success."""
        await self._send(encode(Success(request.id, data or {})))

    async def reject(self, request: Request, code: int, reason: str) -> None:
        """Answer a request with an error."""
        await self._send(encode(Failure(request.id, code, reason)))

    def receive(self, text: str | bytes) -> Request | Notification | None:
        """Take one frame from the WebSocket.

        Answers are matched to their requests; a second answer, or one to nothing, is dropped.
        Returns what the caller has to handle: a request, a notification, or None.
        """
        message = decode(text)
        match message:
            case Success(number, data):
                answer = self._waiting.pop(number, None)
                if answer is not None and not answer.done():
                    answer.set_result(data)
            case Failure(number, code, reason):
                answer = self._waiting.pop(number, None)
                if answer is not None and not answer.done():
                    answer.set_exception(RequestFailedError("the request", code, reason))
            case Request() | Notification():
                return message
            case None:
                self.malformed += 1
        return None

    def close(self) -> None:
        """Fail every request that still waits; idempotent."""
        self._closed = True
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(PeerClosedError("the connection has ended"))
        self._waiting.clear()

    def _unused_id(self) -> int:
        self._next_id = (self._next_id + 1) % (MAX_ID + 1)
        while self._next_id in self._waiting:
            self._next_id = (self._next_id + 1) % (MAX_ID + 1)
        return self._next_id
