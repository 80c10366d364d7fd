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
import time
import traceback
from typing import Final, NoReturn

import setproctitle

from meshvisor.shared import lifeline, out_of_memory, strays
from meshvisor.shared.heartbeat import HeartbeatTable
from meshvisor.shared.model.exits import ChildExit
from meshvisor.shared.passing import receive
from meshvisor.shared.protocol.zygote import (
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
from meshvisor.worker.child.start import ChildStart

STDERR: Final = 2

END_DEADLINE: Final = 2.0
"""Seconds that ending everything may take; a process that the kernel cannot end does not hold up
the rest."""

END_LOOK: Final = 0.005
"""Seconds until what was killed is looked for again."""

REST_SHARE: Final = 9
"""Times as long as looking for strays takes, until they are looked for again."""


WHOLE_LOOK_AFTER: Final = 0.5
"""Seconds from an end after which no stray was listed to a look at all processes, which would
otherwise hold up the successor of the dead child."""


class _SupervisorGoneError(Exception):
    """The supervisor is gone; nothing can be reported to it any more."""


class Forker:
    """Forks children until the other end of its socket closes."""

    def __init__(self, sock: socket.socket, heartbeats: HeartbeatTable, lifeline_end: int) -> None:
        self._socket = sock
        self._heartbeats = heartbeats
        self._lifeline_end = lifeline_end
        self._children: set[int] = set()
        self._strays_due = True
        """Whether something may have been left behind by children that have ended."""
        self._strays_at = 0.0
        """Not to be looked for before, monotonic seconds: it takes its time."""
        self._strays_later = 0.0
        """The same, where the kernel says that there are none."""
        # Once, for this process and all that it forks: whatever is done for a single child, here
        # or there, costs that child pages of its own.
        out_of_memory.adjust(out_of_memory.adjustment() + out_of_memory.step())
        # SIGCHLD only wakes the loop; the loop reaps.
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        # Not ignored, which every program that is started below would inherit.
        signal.signal(signal.SIGINT, lambda number, frame: None)

    def run(self, code: str) -> None:
        """Say that all is loaded, then serve; ends with the supervisor.

        Args:
            code: see `ZygoteReady`.

        Whatever has come from this process ends before it does.
        """
        with contextlib.suppress(_SupervisorGoneError):
            self._serve(code)
        self._end_all()

    def _serve(self, code: str) -> None:
        # What plug-ins have started while they were tried.
        self._end_strays()
        setproctitle.setproctitle("meshvisor: zygote")
        self._say(ZygoteReady(code))
        poller = select.poll()
        poller.register(self._socket, select.POLLIN)
        poller.register(self._wake_read, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in poller.poll(self._patience())}
            self._end_strays()
            if self._wake_read in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._wake_read, 4096)
                self._reap()
            if self._socket.fileno() in ready and not self._serve_one():
                return

    def _serve_one(self) -> bool:
        """Answer one request; False when the supervisor is gone."""
        try:
            datagram, descriptors = receive(self._socket, MAX_DATAGRAM, CHILD_DESCRIPTORS)
        except ConnectionResetError:
            # What was said to it last was still unread.
            return False
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
            self._children.add(pid)
            pidfd = os.pidfd_open(pid)
            self._say(Spawned(request.id, pid), (pidfd,))
            os.close(pidfd)
        finally:
            os.close(channel)
            os.close(log)
        return True

    def _reap(self) -> None:
        ends = []
        while (pid := _dead_child()) is not None:
            if pid in self._children:
                # What a plug-in has started goes with its worker.  While the dead leader is not
                # reaped, its number cannot be given to another group.
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
            if pid in self._children:
                self._children.discard(pid)
                ends.append(Exited(pid, status))
        # The supervisor may start a successor at once, and finds nothing in its way.
        self._strays_due = True
        listed = strays.listed_children()
        if listed is None or listed - self._children:
            self._end_strays(at_once=True)
        elif self._strays_later <= (now := time.monotonic()):
            self._strays_later = now + WHOLE_LOOK_AFTER
        for end in ends:
            self._say(end)

    def _end_strays(self, *, at_once: bool = False) -> None:
        """Kill what dead children have left behind, soon if not now.

        Finding them means to look at all processes of the machine.  Where hundreds of children end
        one after another, that must not take longer than everything else.
        """
        begun = time.monotonic()
        not_before = self._strays_at if at_once else self._not_before
        if self._strays_due and begun >= not_before:
            self._strays_due = strays.end({*self._children, os.getpid()})
            taken = time.monotonic() - begun
            self._strays_at = begun + taken * (1 + REST_SHARE)

    def _patience(self) -> float | None:
        """Return the milliseconds until there is something to do by itself; None: there is not."""
        if not self._strays_due:
            return None
        return max(1.0, (self._not_before - time.monotonic()) * 1000)

    @property
    def _not_before(self) -> float:
        return max(self._strays_at, self._strays_later)

    def _end_all(self) -> None:
        """Kill everything that comes from this process, and then itself.

        The lifeline has killed the groups of all children already, but programs may have left them;
        these become our children as soon as their parents are dead.
        """
        deadline = time.monotonic() + END_DEADLINE
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):  # for want of a descriptor: it is tried again
                left = strays.children()
                if not left:
                    break
                for pid in left:
                    with contextlib.suppress(ProcessLookupError, PermissionError):
                        os.kill(pid, signal.SIGKILL)
            time.sleep(END_LOOK)
            while (dead := _dead_child()) is not None:
                os.waitpid(dead, 0)
        os.killpg(0, signal.SIGKILL)

    def _say(self, message: ZygoteMessage, descriptors: tuple[int, ...] = ()) -> None:
        try:
            if descriptors:
                socket.send_fds(self._socket, [encode(message)], list(descriptors))
            else:
                self._socket.send(encode(message))
        except (BrokenPipeError, ConnectionResetError) as error:
            raise _SupervisorGoneError from error

    def _become_child(self, request: Spawn, channel: int, log: int) -> NoReturn:
        """Turn this fresh fork into the child; never returns to the zygote's loop."""
        code: int = ChildExit.CRASHED
        try:
            os.setsid()
            strays.mark()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(log, 1)
            os.dup2(log, STDERR)
            held = lifeline.hold(self._lifeline_end)
            # Else the end of another child would never be seen.
            close_all_but({0, 1, STDERR, channel, held})
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


def close_all_but(kept: set[int]) -> None:
    """Close every inherited descriptor but these."""
    for name in os.listdir("/proc/self/fd"):
        descriptor = int(name)
        if descriptor not in kept:
            with contextlib.suppress(OSError):
                os.close(descriptor)


def _dead_child() -> int | None:
    """Return the PID of a child that has ended and is not reaped; None: there is none."""
    try:
        ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    return None if ended is None else ended.si_pid
