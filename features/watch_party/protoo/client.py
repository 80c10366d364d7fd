"""A protoo client over the `websockets` library, for programs that join one room and stay.

Owns the WebSocket and the task that reads it.  Does not reconnect: its callers (`meshvisor chat`,
the playground's control client) know best whether to.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlencode

from websockets import InvalidStatus, Subprotocol
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_web_socket
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.uri import parse_uri

from meshvisor.features.watch_party.protoo.messages import (
    CLOSED_FOR_GOOD,
    SUBPROTOCOL,
    Notification,
    Request,
)
from meshvisor.features.watch_party.protoo.peer import Peer
from meshvisor.shared.proxies import proxy_address

OPEN_TIMEOUT: Final = 8.0
"""Seconds for the connection and the upgrade; as long as the platform's client waits for an
answer."""
CLOSE_TIMEOUT: Final = 1.0
"""Seconds that the server has to answer our close frame; a leave should not take long."""
MAX_MESSAGE: Final = 1024 * 1024
"""Bytes of a message, in either direction; servers close with 1009 above it."""
PART: Final = 8 * 1024
"""Characters of one frame: at most 32 KiB as UTF-8, and servers refuse frames over 64 KiB."""
API_VERSION: Final = "4"

ABNORMAL: Final = 1006
"""What WebSocket libraries say when there was no close frame."""
REJECT_REASON: Final = "X-WebSocket-Reject-Reason"


class UnreachableError(ConnectionError):
    """No server answers at the address, or not with a WebSocket; the message says what happened."""


class RefusedError(ConnectionError):
    """The server answered and does not let this peer in.

    Attributes:
        status: the HTTP status.
        reason: in the server's words; may be empty.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"refused with {status}{f': {reason}' if reason else ''}")
        self.status = status
        self.reason = reason


class LeftError(ConnectionError):
    """The connection has ended.

    Attributes:
        for_good: the server closed it on purpose (4000); coming back is up to a person.
    """

    def __init__(self, code: int | None, reason: str) -> None:
        words = f"closed with {code}" if code not in {None, ABNORMAL} else "cut off"
        super().__init__(f"{words}{f': {reason}' if reason else ''}")
        self.for_good = code == CLOSED_FOR_GOOD


class Client:
    """One connection to one room; made by `connect`."""

    def __init__(self, socket: ClientConnection) -> None:
        self.peer = Peer(self._send)
        self._socket = socket
        self._inbox: asyncio.Queue[Request | Notification | LeftError] = asyncio.Queue()

    async def receive(self) -> Request | Notification:
        """Return the next thing that the server wants from us.

        Raises:
            LeftError: the connection has ended, and everything before it was returned.
        """
        item = await self._inbox.get()
        if isinstance(item, LeftError):
            self._inbox.put_nowait(item)  # for the next call
            raise item
        return item

    @property
    def end(self) -> LeftError:
        """How the connection has ended."""
        return LeftError(self._socket.close_code, self._socket.close_reason or "")

    def abort(self) -> None:
        """Cut the connection; for one whose other side does not answer any more.  Idempotent."""
        self._socket.transport.abort()

    async def read(self) -> None:
        """Read until the connection ends; `connect` runs it."""
        try:
            async for text in self._socket:
                if isinstance(text, str) and (message := self.peer.receive(text)) is not None:
                    self._inbox.put_nowait(message)
        except ConnectionClosed:
            pass
        finally:
            self.peer.close()
            self._inbox.put_nowait(self.end)

    async def _send(self, text: str) -> None:
        try:
            await self._socket.send(in_frames(text))
        except ConnectionClosed as error:
            raise self.end from error


@asynccontextmanager
async def connect(
    server: str, room: str, peer_id: str, *, token: str | None = None
) -> AsyncIterator[Client]:
    """Connect to a room, and leave it at the end of the block.

    Args:
        server: like `ws://host:port`.
        room: its id.
        peer_id: `userId_deviceId`; two connections with the same one throw each other out.
        token: for the `Authorization` header; None: none is sent.

    Raises:
        UnreachableError: there is no such server at the moment.
        RefusedError: it does not let us in.
    """
    socket = await _open(server, room, peer_id, token)
    client = Client(socket)
    reader = asyncio.create_task(client.read(), name=f"read {room}")
    try:
        yield client
    finally:
        await socket.close()
        await reader


async def _open(server: str, room: str, peer_id: str, token: str | None) -> ClientConnection:
    headers = {"API-Version": API_VERSION}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    settings: dict[str, Any] = {
        "subprotocols": [Subprotocol(SUBPROTOCOL)],
        "additional_headers": headers,
        "compression": None,
        "open_timeout": OPEN_TIMEOUT,
        "close_timeout": CLOSE_TIMEOUT,
        "max_size": MAX_MESSAGE,
        "proxy": proxy_for(server),
    }
    try:
        return await open_web_socket(room_address(server, room, peer_id), **settings)
    except InvalidStatus as error:
        reason = error.response.headers.get(REJECT_REASON, "")
        raise RefusedError(error.response.status_code, reason) from error
    except TimeoutError as error:
        raise UnreachableError(f"no answer within {OPEN_TIMEOUT:.0f} seconds") from error
    except (OSError, InvalidHandshake, EOFError) as error:
        raise UnreachableError(_cause(error)) from error


def room_address(server: str, room: str, peer_id: str) -> str:
    """Return the address to connect to."""
    return f"{server.rstrip('/')}/?{urlencode({'roomId': room, 'peerId': peer_id})}"


def proxy_for(server: str) -> str | None:
    """Return the `proxy` argument of `websockets`; see `proxy_address`.

    Raises:
        InvalidURI: it is no address of a WebSocket.
    """
    uri = parse_uri(server)
    return proxy_address("wss" if uri.secure else "ws", uri.host, uri.port)


def in_frames(text: str) -> str | Iterator[str]:
    """Return what to hand to the `send` of `websockets` so that no frame is too large."""
    if len(text) <= PART:
        return text
    return (text[start : start + PART] for start in range(0, len(text), PART))


def _cause(error: BaseException) -> str:
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno).lower()  # asyncio's own words repeat the address
    return str(error) or type(error).__name__
