"""One life of a zygote: its process, the requests to it and its answers.

Owns the matching of answers to requests, and how far it has come with its plug-ins.  Does not own
which zygote is in use, nor children: `zygote.ZygoteSpawner` does, and is notified of each end.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import os
import signal
import socket
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from meshvisor.shared.model.exits import ExitCause
from meshvisor.shared.passing import receive
from meshvisor.shared.protocol.zygote import (
    MAX_DATAGRAM,
    Exited,
    Load,
    Loading,
    PluginLoaded,
    PluginReport,
    Spawn,
    Spawned,
    SpawnFailed,
    ZygoteReady,
    decode,
    encode,
)
from meshvisor.supervisor.children.spawner import SpawnError, SpawnOrder
from meshvisor.supervisor.children.zygote_start import StartedZygote
from meshvisor.supervisor.process import OwnedProcess

log = logging.getLogger(__name__)

SPAWN_DEADLINE: Final = 30.0
"""Seconds until a zygote that does not answer a request is taken for hung and replaced.  A
loaded machine forks slowly; plug-ins that hang at import are cut off by the zygote after 10 s."""


class ZygoteOwner(msgspec.Struct, frozen=True):
    """How the owner of a zygote is notified of what it does."""

    ready: Callable[[ZygoteProcess], None]
    """It has loaded everything."""
    child_exited: Callable[[int, int], None]
    """A child has ended: PID and wait status."""
    ended: Callable[[ZygoteProcess, ExitCause], None]
    """It is dead, and all its messages were handled."""


class ZygoteProcess:
    """A zygote; make it inside a running event loop.

    Args:
        started: its process and the ends of what connects it.
        load: what it is asked to load.
        owner: how its owner is notified.
    """

    def __init__(self, started: StartedZygote, load: Load, owner: ZygoteOwner) -> None:
        loop = asyncio.get_running_loop()
        self.load = load
        self.process = OwnedProcess(started.pid)
        self.ready: asyncio.Future[None] = loop.create_future()
        """Done when children can be forked; fails with a `SpawnError`."""
        self.reports: list[PluginReport] = []
        """On the plug-ins that it has come to."""
        self.loading = ""
        """The plug-in that it is loading; empty: none."""
        self.code = ""
        """Digest of the plug-ins as it has loaded them; known when it is ready."""
        self.fault = ""
        """Why it was killed, in words that follow 'the zygote'; empty: it has no fault."""
        self.is_dismissed = False
        """Whether it was killed on purpose."""
        self.has_forked = False
        """Whether it has forked a child, and so works."""
        self.is_over = False
        """Whether nothing more is heard from it."""
        self._socket = started.channel
        self._owner = owner
        self._ids = itertools.count(1)
        self.unclaimed: set[int] = set()
        """PIDs of children that were forked, and that the requester has not taken over yet."""
        self._waiting: dict[int, asyncio.Future[tuple[int, int]]] = {}
        """Request id to the (pid, pidfd) that answers it."""
        loop.add_reader(self._socket, self._receive)
        self.process.exited.add_done_callback(lambda exited: self._ended(exited.result()))
        loop.call_later(SPAWN_DEADLINE, self._check_ready)
        with contextlib.suppress(OSError):  # It is dead already, and about to be replaced.
            self._socket.send(encode(load))

    def dismiss(self, fault: str = "") -> None:
        """Kill it, because it is not needed any more or has a fault."""
        self.is_dismissed = True
        self.fault = self.fault or fault
        self.process.signal(signal.SIGKILL)

    def close(self) -> None:
        """Receive nothing more from it; its callers get a `SpawnError`.  Idempotent."""
        if self.is_over:
            return
        self.is_over = True
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()
        gone = SpawnError("the zygote died while it was asked for a worker")
        if not self.ready.done():
            self.ready.set_exception(gone)
            self.ready.exception()  # There may be no caller that waits for it.
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(gone)

    async def ask(self, order: SpawnOrder, channel: int, log_write: int) -> tuple[int, int]:
        """Have it fork a child and return the child's PID and pidfd.

        Raises:
            SpawnError: it could not, or has died.
        """
        number = next(self._ids)
        answer: asyncio.Future[tuple[int, int]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        request = Spawn(number, order.entry, order.name, order.slot, order.params, order.kind)
        try:
            async with asyncio.timeout(SPAWN_DEADLINE):
                await self._send(encode(request), [channel, log_write])
                pid, pidfd = await answer
                self.unclaimed.discard(pid)
                return pid, pidfd
        except TimeoutError:
            # A zygote that cannot fork for so long is of no use; its end makes room for a new
            # one, and a child that it might still have forked dies with its channel.
            self.dismiss("did not answer in time")
            raise SpawnError(f"the zygote did not answer within {SPAWN_DEADLINE:g} s") from None
        except OSError as error:
            raise SpawnError(f"the zygote cannot be reached: {error.strerror}") from error
        finally:
            self._waiting.pop(number, None)

    # Private

    def _check_ready(self) -> None:
        if not self.is_over and not self.ready.done():
            self.dismiss(f"is not ready after {SPAWN_DEADLINE:g} s")

    def _ended(self, cause: ExitCause) -> None:
        if self.is_over:  # its end was reported already
            return
        # What it still said.
        with contextlib.suppress(BlockingIOError):
            while self._receive_one():
                pass
        self.close()
        self._owner.ended(self, cause)

    async def _send(self, datagram: bytes, descriptors: Sequence[int]) -> None:
        while True:
            try:
                socket.send_fds(self._socket, [datagram], list(descriptors))
                return
            except BlockingIOError:
                # Many requests at once: as soon as it has answered one, there is room.
                await asyncio.sleep(0.001)

    def _receive(self) -> None:
        """Reader of the socket."""
        with contextlib.suppress(BlockingIOError):
            self._receive_one()

    def _receive_one(self) -> bool:
        try:
            datagram, descriptors = receive(self._socket, MAX_DATAGRAM, 1)
        except ConnectionResetError:
            datagram = b""
        if not datagram:
            asyncio.get_running_loop().remove_reader(self._socket)
            return False
        try:
            message = decode(datagram)
        except ValueError as error:
            log.error("the zygote sent garbage: %s", error, extra={"event": "zygote.protocol"})
            self.dismiss("sent something that cannot be understood")
            return True
        match message:
            case Spawned(number, pid) if descriptors:
                self._answer(number, pid, descriptors[0])
            case Spawned(number):
                # The kernel drops what this process has no room for.
                self._refuse(number, "no descriptor is left for its pidfd")
            case SpawnFailed(number, reason):
                self._refuse(number, reason)
            case Exited(pid, status):
                self._owner.child_exited(pid, status)
            case _:
                self._on_plugins(message)
        return True

    def _on_plugins(self, message: object) -> None:
        match message:
            case Loading(name):
                self.loading = name
            case PluginLoaded(report):
                self.reports.append(report)
            case ZygoteReady(code):
                self.loading, self.code = "", code
                self._owner.ready(self)
                if not self.ready.done():
                    self.ready.set_result(None)
            case unexpected:
                log.error("the zygote sent %r", unexpected, extra={"event": "zygote.protocol"})

    def _answer(self, number: int, pid: int, pidfd: int) -> None:
        answer = self._waiting.get(number)
        if answer is None or answer.done():
            # The requester has stopped waiting.  Its channel is closed, so the child ends by
            # itself.
            os.close(pidfd)
        else:
            self.has_forked = True
            self.unclaimed.add(pid)
            answer.set_result((pid, pidfd))

    def _refuse(self, number: int, error: str) -> None:
        answer = self._waiting.get(number)
        if answer is not None and not answer.done():
            answer.set_exception(SpawnError(error))
