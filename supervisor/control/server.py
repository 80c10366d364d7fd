"""The control socket's server: accepts, checks who asks, and answers one request after another.

Owns the connections and the promise that no client can harm the supervisor or another client: a
connection's requests run one at a time, what it sends is bounded by a budget, and what it does not
read stops its own requests only.  Does not own what requests do (`handling`) or
the socket's file (`socket_file`).  One of the services of `supervisor.composition`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast

from meshvisor.shared.errors import MeshvisorError, MissingError, UsageError
from meshvisor.supervisor.control.answered import Answered
from meshvisor.supervisor.control.connection import (
    Answering,
    ControlConnection,
    Places,
    refusal,
)
from meshvisor.supervisor.control.handling import Handler
from meshvisor.supervisor.control.peer import peer_of
from meshvisor.supervisor.control.registry import all_handlers, owners
from meshvisor.supervisor.control.socket_file import SocketFile
from meshvisor.supervisor.service_contract import QuietService, Stopping
from meshvisor.supervisor.services import Services
from meshvisor.supervisor.wordings import BUSY, NO_SOCKET

log = logging.getLogger(__name__)

MAX_CONNECTIONS: Final = 256
"""Clients that may be connected at a time, far fewer than descriptors there are.  For one more, the
one that has been idle for longest makes room."""

MAX_REQUESTS: Final = 64
"""Requests that are carried out at a time: far more than people and consoles need."""

MAX_STREAMS: Final = 48
"""How many of them may be streams, which last for hours: the other places are for clients that ask
one thing and leave."""

IDLE: Final = 2.0
"""Seconds without a request after which a client may have to make room; one that has just
connected is about to ask."""

BETWEEN_WARNINGS: Final = 60.0
"""Seconds between two lines of the log about clients that were refused."""

ONLY_THE_OWN_USER: Final = "Only the user who runs the supervisor, and root, may ask."

LOADED_AFTER: Final = 5.0
"""Seconds after the start within which a fleet of usual size is connected."""

FLUSH_TIMEOUT: Final = 1.0
"""Seconds that a client has to take the rest of its last answer."""


class ControlServer(QuietService):
    """Serves one supervisor on one socket file.

    Args:
        path: the socket file; one that a dead supervisor has left is replaced.
        services: who carries requests out.
        handlers: by the type of their requests; None: those of the kernel and of all features,
            which are a fifth of what a supervisor loads: with the first request, or when the start
            is over.
    """

    def __init__(
        self, path: Path, services: Services, handlers: Mapping[str, Handler] | None = None
    ) -> None:
        self._path = path
        self._file = SocketFile(path)
        self._handlers = handlers
        self._server: asyncio.Server | None = None
        self.problem: str | None = None
        """Why no client can connect at present, in one sentence; None: clients can."""
        self._connections: dict[ControlConnection, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        places = Places(MAX_REQUESTS, MAX_STREAMS)
        self._answering = Answering(self._loaded, services, Answered(), places)
        self._refused = 0
        """Clients since the last warning."""
        self._next_warning = 0.0
        """Loop time."""

    async def start(self) -> None:
        """Begin to listen.

        Raises:
            MissingError: something else stands in its place.
            OSError: the folder or the file cannot be made.
        """
        self._server = server = await self._listen()
        try:
            await server.start_serving()
        except BaseException:
            self._server = None
            server.close()
            self._file.remove()
            raise

    async def run(self) -> None:
        """Load the handlers of requests, so that the first request does not wait for that."""
        if self._handlers is None:
            await asyncio.sleep(LOADED_AFTER)
            for _ in owners():
                await asyncio.sleep(0)  # each takes some hundredths of a second
            self._loaded()
        await super().run()

    def has_file(self) -> bool:
        """Say whether the file is there; asks the disk, so ask in a thread."""
        return self._file.is_there

    async def heal(self, has_file: bool) -> None:
        """Listen anew when the file was removed; connections that are open stay."""
        old = self._server
        if old is None or has_file:
            return
        try:
            self._server = server = await self._listen()
        except (OSError, MissingError) as error:  # Tried again at the next look.
            why = error.strerror if isinstance(error, OSError) else None
            self._report(NO_SOCKET.said(path=self._path, why=why or error))
            return
        old.close()
        self.problem = None
        await server.start_serving()
        log.warning(
            "the control socket was removed and is made anew", extra={"event": "control.removed"}
        )

    async def stop(self, _stopping: Stopping) -> None:
        """Close the socket and every connection; idempotent.

        Streams end like any other answer.  Requests that still run after `FLUSH_TIMEOUT` are
        cancelled: the clients see their connections end.
        """
        if self._server is None:
            return
        self._server.close()
        self._server = None
        busy = {task: c for c, task in self._connections.items() if not c.idle_since}
        for task in list(self._tasks):
            if task in busy:
                busy[task].finish()
            else:
                task.cancel()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=FLUSH_TIMEOUT)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._file.remove()

    # Private

    def _loaded(self) -> Mapping[str, Handler]:
        if self._handlers is None:
            self._handlers = all_handlers()
        return self._handlers

    async def _listen(self) -> asyncio.Server:
        """Make the socket and its file; no client is served yet."""
        return await asyncio.start_unix_server(
            self._accept, sock=self._file.listen(), start_serving=False
        )

    def _report(self, problem: str) -> None:
        if problem != self.problem:
            log.error("%s", problem, extra={"event": "control.problem"})
        self.problem = problem

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._tasks) >= MAX_CONNECTIONS and not self._make_room():
            # Without a task: what is refused must cost nothing.  So short a frame is sent at once.
            writer.write(refusal(self._busy()))
            writer.close()
            return
        # A task of our own: asyncio's would report its cancellation as a crash.
        task = asyncio.create_task(self._serve(reader, writer), name="control-connection")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # Not in the task: one that is cancelled before its first step would leave it open.
        task.add_done_callback(lambda _task: writer.transport.abort())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = peer_of(writer.get_extra_info("socket"))
        connection = ControlConnection(reader, writer, peer, self._answering)
        try:
            if peer.may_ask:
                await self._converse(connection)
            else:
                log.warning("A process of user %d was refused at the control socket", peer.uid)
                await connection.refuse(UsageError(ONLY_THE_OWN_USER))
            await _flush(writer)
        except ConnectionError:
            pass  # the client left in the middle; there is no one to report it to

    async def _converse(self, connection: ControlConnection) -> None:
        self._connections[connection] = cast("asyncio.Task[None]", asyncio.current_task())
        try:
            await connection.run()
        finally:
            self._connections.pop(connection, None)

    def _make_room(self) -> bool:
        """End the conversation that has been idle for longest; False: none has been for a while."""
        before = asyncio.get_running_loop().time() - IDLE
        idle = [c for c in self._connections if c.idle_since and c.idle_since <= before]
        if not idle:
            return False
        longest = min(idle, key=lambda connection: connection.idle_since)
        self._connections.pop(longest).cancel()
        return True

    def _busy(self) -> MeshvisorError:
        """Return what a client is answered that gets no place, and say it in the log, seldom."""
        self._refused += 1
        now = asyncio.get_running_loop().time()
        if now >= self._next_warning:
            log.warning(
                "%d control clients were refused, for %d are connected",
                self._refused,
                len(self._tasks),
                extra={"event": "control.busy"},
            )
            self._refused, self._next_warning = 0, now + BETWEEN_WARNINGS
        return MeshvisorError(BUSY.said(count=len(self._tasks)))


async def _flush(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(FLUSH_TIMEOUT):
            await writer.wait_closed()
