"""The control socket's server: accepts, checks who asks, and answers one request after another.

Owns the socket file, connections, and the promise that no client can harm the supervisor or
another client: a connection's requests run one at a time, what it sends is bounded by a budget,
and what it does not read stops its own requests only.  Does not own what requests do
(`supervisor.control.requests`).  Started and stopped by `supervisor.app`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import struct
from pathlib import Path
from typing import Final, cast

from supervisor.control.connection import Connection
from supervisor.control.supervisor_api import SupervisorApi

log = logging.getLogger(__name__)

MAX_CONNECTIONS: Final = 64
"""Clients at a time.  Far more than people and consoles need, far fewer than descriptors there
are; when one more comes, the one that has been idle for longest makes room."""

BACKLOG: Final = 64
"""Connections that the kernel holds while the loop is busy; a burst of commands from a script."""

FLUSH_TIMEOUT: Final = 1.0
"""Seconds that a client has to take the rest of its last answer."""

MAX_ADDRESS: Final = 100
"""Bytes of a socket's path that surely fit (the kernel takes 107)."""


class ControlServer:
    """Serves one supervisor on one socket file.

    Args:
        path: the socket file.  Its folder is made with mode 0700 when it is missing.
        supervisor: what requests are carried out on.

    The caller holds the lock of the home, so a socket file that is there already is a left-over
    and is replaced.
    """

    def __init__(self, path: Path, supervisor: SupervisorApi) -> None:
        self._path = path
        self._supervisor = supervisor
        self._server: asyncio.Server | None = None
        self._connections: dict[Connection, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._inode = 0

    async def start(self) -> None:
        """Begin to listen.

        Raises:
            OSError: the folder or the file cannot be made.
        """
        listener = _listen(self._path)
        self._inode = self._path.stat().st_ino
        self._server = await asyncio.start_unix_server(self._accept, sock=listener)

    async def stop(self) -> None:
        """Close the socket and every connection; idempotent.

        Streams end like any other answer.  Requests that still run after `FLUSH_TIMEOUT` are
        cancelled: whoever waits for their answer sees the connection end.
        """
        if self._server is None:
            return
        self._server.close()
        self._server = None
        for connection, task in list(self._connections.items()):
            if connection.idle_since:
                task.cancel()
            else:
                connection.finish()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=FLUSH_TIMEOUT)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._remove_file()

    # Private

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task of our own: asyncio's would report its cancellation as a crash.
        task = asyncio.create_task(self._serve(reader, writer), name="control-connection")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(reader, writer, self._supervisor)
        try:
            if self._is_welcome(writer) and self._has_room():
                self._connections[connection] = cast("asyncio.Task[None]", asyncio.current_task())
                await connection.run()
            else:
                await connection.refuse(
                    "The supervisor does not take this connection; its log says why."
                )
            await _flush(writer)
        except ConnectionError:
            pass  # the client left in the middle; nobody is there to be told
        finally:
            self._connections.pop(connection, None)
            writer.transport.abort()

    def _is_welcome(self, writer: asyncio.StreamWriter) -> bool:
        uid = peer_uid(writer.get_extra_info("socket"))
        if uid in {os.geteuid(), 0}:
            return True
        log.warning("A process of user %d was refused at the control socket", uid)
        return False

    def _has_room(self) -> bool:
        if len(self._connections) < MAX_CONNECTIONS:
            return True
        idle = [connection for connection in self._connections if connection.idle_since]
        if not idle:
            log.warning("A control client was refused: %d others are busy", MAX_CONNECTIONS)
            return False
        longest = min(idle, key=lambda connection: connection.idle_since)
        self._connections.pop(longest).cancel()
        return True

    def _remove_file(self) -> None:
        # Only our own: after a slow stop a newer supervisor may have put its socket there.
        with contextlib.suppress(OSError):
            if self._path.stat().st_ino == self._inode:
                self._path.unlink()


async def _flush(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(FLUSH_TIMEOUT):
            await writer.wait_closed()


def peer_uid(connection: socket.socket) -> int:
    """Return the user id of the process at the other end, as the kernel knows it."""
    size = struct.calcsize("3i")
    _pid, uid, _gid = struct.unpack(
        "3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    )
    return int(uid)


def _listen(path: Path) -> socket.socket:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        # Before bind: Linux gives the file the mode of the socket, so it is never open to others.
        os.fchmod(listener.fileno(), 0o600)
        _bind(listener, path)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener


def _bind(listener: socket.socket, path: Path) -> None:
    if len(os.fsencode(path)) <= MAX_ADDRESS:
        listener.bind(str(path))
        return
    # A longer path does not fit into a socket's address; one through an open folder does.
    folder = os.open(path.parent, os.O_PATH | os.O_CLOEXEC)
    try:
        listener.bind(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)
