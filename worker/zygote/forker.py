"""The zygote's loop: fork on request, report ends.

Owns forking, reaping and the hygiene of descriptors.  Does not own any policy: what to start
and what an end means is the supervisor's business.  Single-threaded by design: only a process
without threads can be forked safely.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import select
import signal
import socket
import sys
import traceback
from typing import Final, NoReturn

import setproctitle

from shared import lifeline, out_of_memory
from shared.heartbeat import HeartbeatTable
from shared.model.exits import ChildExit
from shared.passing import receive
from shared.protocol.zygote import (
    CHILD_DESCRIPTORS,
    MAX_DATAGRAM,
    Exited,
    Spawn,
    Spawned,
    SpawnFailed,
    ZygoteMessage,
    ZygoteReady,
    decode,
    encode,
)
from worker.child import ChildStart

STDERR: Final = 2


class Forker:
    """Forks children until the other end of its socket closes."""

    def __init__(self, sock: socket.socket, heartbeats: HeartbeatTable, lifeline_end: int) -> None:
        self._socket = sock
        self._heartbeats = heartbeats
        self._lifeline_end = lifeline_end
        # This process comes between the supervisor and its own children: without a zygote the
        # workers live on.
        step, present = out_of_memory.step(), out_of_memory.adjustment()
        out_of_memory.adjust(present + step)
        self._childs_adjustment = present + 2 * step
        # SIGCHLD only wakes the loop; the loop reaps.
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        # Not ignored, which every program that is started below would inherit.
        signal.signal(signal.SIGINT, lambda number, frame: None)

    def run(self) -> None:
        """Say that all is loaded, then serve; returns when the supervisor is gone."""
        setproctitle.setproctitle("meshvisor: zygote")
        self._say(ZygoteReady())
        poller = select.poll()
        poller.register(self._socket, select.POLLIN)
        poller.register(self._wake_read, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in poller.poll()}
            if self._wake_read in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._wake_read, 4096)
                self._reap()
            if self._socket.fileno() in ready and not self._serve_one():
                return

    def _serve_one(self) -> bool:
        """Answer one request; False when the supervisor is gone."""
        datagram, descriptors = receive(self._socket, MAX_DATAGRAM, CHILD_DESCRIPTORS)
        if not datagram:
            return False
        request = decode(datagram)
        assert isinstance(request, Spawn)
        channel, log = descriptors
        try:
            pid = os.fork()
        except OSError as error:
            self._say(SpawnFailed(request.id, f"cannot fork: {error.strerror}"))
        else:
            if pid == 0:
                self._become_child(request, channel, log)
            pidfd = os.pidfd_open(pid)
            self._say(Spawned(request.id, pid), (pidfd,))
            os.close(pidfd)
        finally:
            os.close(channel)
            os.close(log)
        return True

    def _reap(self) -> None:
        while True:
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if ended is None:
                return
            pid = ended.si_pid
            # What a plug-in has started goes with its worker.  While the dead leader is not
            # reaped, its number cannot be given to another group.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
            self._say(Exited(pid, status))

    def _say(self, message: ZygoteMessage, descriptors: tuple[int, ...] = ()) -> None:
        try:
            if descriptors:
                socket.send_fds(self._socket, [encode(message)], list(descriptors))
            else:
                self._socket.send(encode(message))
        except (BrokenPipeError, ConnectionResetError):
            # The supervisor is gone, and the lifeline is about to end this process too.
            sys.exit(ChildExit.ORPHANED)

    def _become_child(self, request: Spawn, channel: int, log: int) -> NoReturn:
        """Turn this fresh fork into the child; never returns to the zygote's loop."""
        code: int = ChildExit.CRASHED
        try:
            os.setsid()
            out_of_memory.adjust(self._childs_adjustment)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(log, 1)
            os.dup2(log, STDERR)
            held = lifeline.hold(self._lifeline_end)
            _close_all_but({0, 1, STDERR, channel, held})
            setproctitle.setproctitle(f"meshvisor: {request.kind} {request.name}")
            gc.enable()
            code = self._run(request, channel)
        except BaseException:  # noqa: BLE001 - nothing may return into the zygote's loop
            # Behind whatever was written without a line end.
            os.write(STDERR, f"\n{traceback.format_exc()}".encode())
        finally:
            if code == ChildExit.ORPHANED:
                # A dying supervisor's descriptors close one after another: this child may have
                # seen the end of its channel before the lifeline's.  What a plug-in has started
                # has to go too, and the zygote will not see to it any more.
                os.killpg(0, signal.SIGKILL)
            # No interpreter shutdown: it would touch (and copy) every shared page, and run
            # the zygote's exit handlers.
            os._exit(code)

    def _run(self, request: Spawn, channel: int) -> int:
        module, _, function = request.entry.partition(":")
        run = getattr(importlib.import_module(module), function)
        slot, heartbeats = request.slot, self._heartbeats
        start = ChildStart(
            name=request.name,
            channel=socket.socket(fileno=channel),
            stamp=lambda: heartbeats.stamp(slot),
            mark=lambda value: heartbeats.mark(slot, value),
            forget=heartbeats.forget,
            params=request.params,
        )
        return int(run(start))


def _close_all_but(kept: set[int]) -> None:
    """Close every inherited descriptor; else the end of another child would never be seen."""
    for name in os.listdir("/proc/self/fd"):
        descriptor = int(name)
        if descriptor not in kept:
            with contextlib.suppress(OSError):
                os.close(descriptor)
