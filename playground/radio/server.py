"""The radio's TCP port: one client at a time, and what may go wrong with it."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from meshvisor.features.meshtastic.wire.frames import FrameReader, framed
from meshvisor.playground.radio.radio import Radio

GARBAGE: Final = (
    b"\x94\xc3\x00\x03\xff\xff\xff"  # a field that never ends
    b"\x94\xc3\xff\xff"  # far too long
    b"\x94\xc3\x00\x00"  # nothing at all
    b"\x94\x94\xc3\xc3 DEBUG | text for people \x1b[0m\r\n"
    b"\x94\xc3\x00\x04\x12\x02\x22\x05"  # a packet that ends behind its frame
    b"\x94\xc3\x00\x06\x12\x04\x22\x02\x08\x01"  # a text without a sender and a number
    b"\x94\xc3\x00\x02\x0b\x0c"  # a group, which has been deprecated for years
)
"""What no client can use."""

READ: Final = 1024


class RadioServer:
    """Serves one radio.

    Args:
        radio: that is served.
        host: address to listen on.
        port: 0: any; then the same each time.
    """

    def __init__(self, radio: Radio, host: str = "127.0.0.1", port: int = 0) -> None:
        self.radio = radio
        self._host = host
        self.port = port
        self._server: asyncio.Server | None = None
        self._client: asyncio.StreamWriter | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.is_silent = False
        """Whether it keeps its connection, and says and answers nothing."""
        self.changed = asyncio.Condition()
        self.on_client: Callable[[bool], None] = lambda is_there: None

    async def __aenter__(self) -> Self:
        """Listen."""
        await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Be gone."""
        await self.close()

    async def open(self) -> None:
        """Listen, at the same port each time."""
        self._server = await asyncio.start_server(self._serve, self._host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Listen no more, and cut the client off; idempotent."""
        if self._server is None:
            return
        self._server.close()
        self.cut()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._server.wait_closed()
        self._server = None

    @property
    def is_open(self) -> bool:
        """Whether it listens."""
        return self._server is not None

    @property
    def has_client(self) -> bool:
        """Whether a client is there."""
        return self._client is not None

    @property
    def address(self) -> str:
        """Where it is, as `server` of a mesh says it."""
        return f"{self._host}:{self.port}"

    def cut(self) -> None:
        """Cut the client off, as a radio does that loses its power."""
        if self._client is not None:
            connection: socket.socket = self._client.get_extra_info("socket")
            # A reset instead of an end in good order.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._client.transport.abort()

    async def reboot(self, seconds: float = 0.0) -> None:
        """Start anew: be gone for a while, and say so to the next client."""
        await self.close()
        await asyncio.sleep(seconds)
        self.radio.reboots += 1
        self.radio.has_rebooted = True
        await self.open()

    def evict(self) -> None:
        """Close the client's connection in good order, as when another client comes."""
        if self._client is not None:
            self._client.close()

    def raw(self, data: bytes) -> None:
        """Say bytes to the client as they are."""
        if self._client is not None:
            self._client.write(data)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if self._client is not None:
            self._client.close()  # without a word
        self._client = writer
        self.radio.attach(self._post)
        await self._tell()
        frames = FrameReader()
        try:
            while data := await reader.read(READ):
                if not all(self._receive(message) for message in frames.feed(data)):
                    break
        except OSError:
            pass
        finally:
            if self._client is writer:
                self._client = None
                self.radio.detach()
            writer.close()
            await self._tell()

    def _receive(self, message: bytes) -> bool:
        return self.is_silent or self.radio.receive(message)

    def _post(self, message: bytes) -> None:
        if self._client is not None and not self.is_silent:
            self._client.write(framed(message))

    async def _tell(self) -> None:
        self.on_client(self.has_client)
        async with self.changed:
            self.changed.notify_all()
