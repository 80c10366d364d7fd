"""The supervisor's side of the zygote: starting it, asking it for children, replacing it.

Owns the zygote process and the matching of its answers.  Does not own children: they are handed
out as `Child` and live on when the zygote dies; being the child subreaper, the supervisor then
becomes their parent and learns of their ends by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import os
import signal
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from shared.model.exits import ExitCause
from shared.passing import receive
from shared.protocol.zygote import (
    MAX_DATAGRAM,
    Exited,
    Load,
    PluginReport,
    Spawn,
    Spawned,
    SpawnFailed,
    ZygoteReady,
    decode,
    encode,
)
from supervisor.children import oom
from supervisor.children.spawner import Child, SpawnError, SpawnOrder, report_plugins
from supervisor.children.zygote_start import Ground, StartedZygote, start_zygote
from supervisor.process import OwnedProcess, cause_of, reap_with_group

log = logging.getLogger(__name__)

SPAWN_DEADLINE: Final = 30.0
"""Seconds until a zygote that does not answer a request is taken for hung and replaced.  A
loaded machine forks slowly; plug-ins that hang at import are cut off by the zygote after 10 s."""

RESTART_PAUSE: Final = 1.0
"""Seconds between two starts of a zygote that dies before it is ready."""

REPORT_DEADLINE: Final = 3.0
"""Seconds that a zygote has to say how its child ended, which takes it microseconds.  One that
is stopped or hangs would otherwise keep dead workers looking alive for ever."""

LONGEST_PARAMS: Final = MAX_DATAGRAM // 2
"""Characters of a child's start parameters; a datagram that is cut short would be garbage."""

AttachLog = Callable[[str, int], None]


@dataclass(slots=True)
class _Running:
    """One life of a zygote."""

    process: OwnedProcess
    socket: socket.socket
    ready: asyncio.Future[None]
    waiting: dict[int, asyncio.Future[tuple[int, int]]] = field(default_factory=dict)
    """Request id to the (pid, pidfd) that answers it."""


@dataclass(slots=True)
class _Watched:
    """A child whose end is awaited."""

    zygote: _Running
    """The parent, until it dies."""
    pidfd: int
    exited: asyncio.Future[ExitCause]


class ZygoteSpawner:
    """Starts children by forking a zygote; replaces the zygote when it dies.

    Args:
        ground: what all zygotes share; the spawner closes it.
        plugins: modules that are loaded beside those in `config/plugins/`.
        attach_log: given a name and the read end of a pipe with the zygote's output.
        first: a zygote that has been started already; None: `start` does it.
    """

    def __init__(
        self,
        ground: Ground,
        plugins: tuple[str, ...],
        attach_log: AttachLog,
        first: StartedZygote | None = None,
    ) -> None:
        self._ground = ground
        self._modules = plugins
        self._attach_log = attach_log
        self._first = first
        self._zygote: _Running | None = None
        self._ids = itertools.count(1)
        self._children: dict[int, _Watched] = {}
        self._plugins: tuple[PluginReport, ...] = ()
        self._on_plugins: Callable[[tuple[PluginReport, ...]], None] = lambda reports: None
        self._oom_kills = oom.KillCounter()
        self._keeper: asyncio.Task[None] | None = None
        self._stopping = False

    @property
    def plugins(self) -> tuple[PluginReport, ...]:
        """How the loading of the plug-ins went, in the newest zygote."""
        return self._plugins

    @property
    def child_pids(self) -> set[int]:
        """PIDs of all living children."""
        return set(self._children)

    @property
    def pid(self) -> int | None:
        """PID of the zygote, None while there is none."""
        return self._zygote.process.pid if self._zygote else None

    async def start(self) -> None:
        """Start the zygote; returns at once, `spawn` waits until it is ready."""
        if self._zygote is None and not self._stopping:
            self._launch()

    async def spawn(self, order: SpawnOrder) -> Child:
        """Fork a child.

        Raises:
            SpawnError: there is no zygote, it died meanwhile, or it could not fork.
        """
        if len(json.dumps(order.params)) > LONGEST_PARAMS:
            raise SpawnError("its start parameters are too long; shorten fleet.command_prefix")
        zygote = self._zygote
        if zygote is None:
            raise SpawnError("the zygote is being replaced")
        await asyncio.shield(zygote.ready)
        ours, theirs, log_read, log_write = _make_lines()
        try:
            with theirs:
                pid, pidfd = await self._ask(zygote, order, theirs.fileno(), log_write)
        except BaseException:
            ours.close()
            os.close(log_read)
            raise
        finally:
            os.close(log_write)
        exited = self._watch(zygote, pid, pidfd)
        return Child(
            pid=pid,
            channel=ours,
            log=log_read,
            exited=exited,
            signal=lambda number: self._signal(pid, pidfd, exited, number),
        )

    def on_plugins(self, loaded: Callable[[tuple[PluginReport, ...]], None]) -> None:
        """Have `loaded` called each time the plug-ins have been loaded."""
        self._on_plugins = loaded

    async def replace(self, plugins: tuple[str, ...]) -> None:
        """Start a new zygote with other plug-ins and dismiss the old one; children live on."""
        self._modules = plugins
        if self._zygote is not None:
            # Its end is noticed like any other, and a new one is launched with the new options.
            self._zygote.process.signal(signal.SIGKILL)

    async def stop(self) -> None:
        """End the zygote and, through the lifeline, whatever child still lives; idempotent."""
        if self._stopping:
            return
        self._stopping = True
        if self._keeper is not None:
            self._keeper.cancel()
        zygote, self._zygote = self._zygote, None
        if zygote is not None:
            self._forget(zygote)
            zygote.process.signal(signal.SIGKILL)
            await zygote.process.exited
        self._ground.close()
        for pid in list(self._children):
            self._adopt(pid)
        await asyncio.gather(*(child.exited for child in list(self._children.values())))

    # The zygote's life

    def _launch(self) -> None:
        started, self._first = self._first or start_zygote(self._ground), None
        self._attach_log("zygote", started.output)
        loop = asyncio.get_running_loop()
        process = OwnedProcess(started.pid)
        zygote = _Running(process, started.channel, loop.create_future())
        self._zygote = zygote
        loop.add_reader(zygote.socket, self._receive, zygote)
        process.exited.add_done_callback(lambda exited: self._zygote_ended(zygote, exited.result()))
        loop.call_later(SPAWN_DEADLINE, self._check_ready, zygote)
        with contextlib.suppress(OSError):  # It is dead already, and about to be replaced.
            zygote.socket.send(encode(Load(self._modules)))
        log.debug("the zygote starts", extra={"event": "zygote.start"})

    def _check_ready(self, zygote: _Running) -> None:
        if zygote is self._zygote and not zygote.ready.done():
            log.error(
                "the zygote is not ready after %g s and is replaced",
                SPAWN_DEADLINE,
                extra={"event": "zygote.hung"},
            )
            zygote.process.signal(signal.SIGKILL)

    def _zygote_ended(self, zygote: _Running, cause: ExitCause) -> None:
        if self._stopping:
            return
        log.error(
            "the zygote %s; workers go on, a new one starts", cause, extra={"event": "zygote.exit"}
        )
        self._drain(zygote)
        was_ready = zygote.ready.done()
        self._forget(zygote)
        self._zygote = None
        for pid in list(self._children):
            self._adopt(pid)
        if not was_ready or not self._launched():
            loop = asyncio.get_running_loop()
            self._keeper = loop.create_task(self._launch_later(), name="zygote-restart")

    async def _launch_later(self) -> None:
        while True:
            await asyncio.sleep(RESTART_PAUSE)
            if self._launched():
                return

    def _launched(self) -> bool:
        """Launch; False when the machine cannot just now."""
        try:
            self._launch()
        except OSError as error:
            log.error(
                "no zygote can be started: %s; it is tried again",
                error.strerror,
                extra={"event": "zygote.not_started"},
            )
            return False
        return True

    def _forget(self, zygote: _Running) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(zygote.socket)
        zygote.socket.close()
        gone = SpawnError("the zygote died while it was asked for a worker")
        if not zygote.ready.done():
            zygote.ready.set_exception(gone)
            zygote.ready.exception()  # Nobody need have waited for it.
        for answer in zygote.waiting.values():
            if not answer.done():
                answer.set_exception(gone)

    # Requests and answers

    async def _ask(
        self, zygote: _Running, order: SpawnOrder, channel: int, log_write: int
    ) -> tuple[int, int]:
        number = next(self._ids)
        answer: asyncio.Future[tuple[int, int]] = asyncio.get_running_loop().create_future()
        zygote.waiting[number] = answer
        request = Spawn(number, order.entry, order.name, order.slot, order.params, order.kind)
        try:
            async with asyncio.timeout(SPAWN_DEADLINE):
                await self._send(zygote, encode(request), [channel, log_write])
                return await answer
        except TimeoutError:
            # A zygote that cannot fork for so long is of no use; its end makes room for a new
            # one, and a child that it might still have forked dies with its channel.
            zygote.process.signal(signal.SIGKILL)
            raise SpawnError(f"the zygote did not answer within {SPAWN_DEADLINE:g} s") from None
        except OSError as error:
            raise SpawnError(f"the zygote cannot be reached: {error.strerror}") from error
        finally:
            zygote.waiting.pop(number, None)

    async def _send(self, zygote: _Running, datagram: bytes, descriptors: Sequence[int]) -> None:
        while True:
            try:
                socket.send_fds(zygote.socket, [datagram], list(descriptors))
                return
            except BlockingIOError:
                # Many requests at once: as soon as it has answered one, there is room.
                await asyncio.sleep(0.001)

    def _receive(self, zygote: _Running) -> None:
        """Reader of the zygote's socket."""
        with contextlib.suppress(BlockingIOError):
            self._receive_one(zygote)

    def _drain(self, zygote: _Running) -> None:
        """Read what a dead zygote still said."""
        with contextlib.suppress(BlockingIOError):
            while self._receive_one(zygote):
                pass

    def _receive_one(self, zygote: _Running) -> bool:
        try:
            datagram, descriptors = receive(zygote.socket, MAX_DATAGRAM, 1)
        except ConnectionResetError:
            datagram = b""
        if not datagram:
            asyncio.get_running_loop().remove_reader(zygote.socket)
            return False
        match decode(datagram):
            case ZygoteReady(plugins):
                self._plugins = plugins
                report_plugins(plugins)
                self._on_plugins(plugins)
                if not zygote.ready.done():
                    zygote.ready.set_result(None)
            case Spawned(number, pid) if descriptors:
                self._answer(zygote, number, pid, descriptors[0])
            case Spawned(number):
                # The kernel drops what this process has no room for.
                self._refuse(zygote, number, "no descriptor is left for its pidfd")
            case SpawnFailed(number, error):
                self._refuse(zygote, number, error)
            case Exited(pid, status):
                self._child_ended(pid, self._cause(status))
            case unexpected:
                log.error("the zygote sent %r", unexpected, extra={"event": "zygote.protocol"})
        return True

    def _answer(self, zygote: _Running, number: int, pid: int, pidfd: int) -> None:
        answer = zygote.waiting.get(number)
        if answer is None or answer.done():
            # Nobody waits any more.  Its channel is closed, so the child ends by itself.
            os.close(pidfd)
        else:
            answer.set_result((pid, pidfd))

    def _refuse(self, zygote: _Running, number: int, error: str) -> None:
        answer = zygote.waiting.get(number)
        if answer is not None and not answer.done():
            answer.set_exception(SpawnError(error))

    # Children

    def _watch(self, zygote: _Running, pid: int, pidfd: int) -> asyncio.Future[ExitCause]:
        loop = asyncio.get_running_loop()
        exited: asyncio.Future[ExitCause] = loop.create_future()
        self._children[pid] = _Watched(zygote, pidfd, exited)
        loop.add_reader(pidfd, self._try_reap, pid)
        return exited

    def _adopt(self, pid: int) -> None:
        """Its zygote is dead: wait for the child's end ourselves, if it has not come already."""
        asyncio.get_running_loop().add_reader(self._children[pid].pidfd, self._try_reap, pid)
        self._try_reap(pid)

    def _try_reap(self, pid: int) -> None:
        """Reader of a child's pidfd: it is dead, but perhaps not ours to reap."""
        watched = self._children.get(pid)
        if watched is None:
            return
        try:
            ended = reap_with_group(watched.pidfd)
        except ChildProcessError:
            if watched.zygote is self._zygote:
                # The zygote reaps it and says how it ended, in a moment.
                loop = asyncio.get_running_loop()
                loop.remove_reader(watched.pidfd)
                loop.call_later(REPORT_DEADLINE, self._check_told, pid, watched)
            elif _is_dead(watched.pidfd):
                # Its zygote has reaped it, and died before it could say how it ended.
                self._child_ended(pid, ExitCause())
            return
        if ended is not None:
            self._child_ended(pid, cause_of(ended))

    def _cause(self, status: int) -> ExitCause:
        # The kernel's killer sends nothing but this.
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        return ExitCause.from_wait_status(status, out_of_memory=killed and self._oom_kills.rose())

    def _check_told(self, pid: int, watched: _Watched) -> None:
        if self._children.get(pid) is watched and watched.zygote is self._zygote:
            log.error(
                "the zygote does not say how its child %d ended, and is replaced",
                pid,
                extra={"event": "zygote.hung"},
            )
            watched.zygote.process.signal(signal.SIGKILL)

    def _child_ended(self, pid: int, cause: ExitCause) -> None:
        watched = self._children.pop(pid, None)
        if watched is None:
            return
        asyncio.get_running_loop().remove_reader(watched.pidfd)
        os.close(watched.pidfd)
        if not watched.exited.done():
            watched.exited.set_result(cause)

    def _signal(self, pid: int, pidfd: int, exited: asyncio.Future[ExitCause], number: int) -> None:
        if not exited.done() and pid in self._children:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(pidfd, number)


def _make_lines() -> tuple[socket.socket, socket.socket, int, int]:
    """Return both ends of a channel, and the read and the write end of a log pipe.

    Raises:
        SpawnError: no descriptors are left.
    """
    try:
        ours, theirs = socket.socketpair()
        try:
            return ours, theirs, *os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            ours.close()
            theirs.close()
            raise
    except OSError as error:
        raise SpawnError(f"its channel cannot be made: {error.strerror}") from error


def _is_dead(pidfd: int) -> bool:
    try:
        signal.pidfd_send_signal(pidfd, 0)
    except ProcessLookupError:
        return True
    return False
