"""The Python and the kernel features that processes are kept with.

Each feature is tried, not looked up: containers and old kernels take some of them away.
"""

from __future__ import annotations

import ctypes
import os
import platform
import select
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Final

from meshvisor.shared import lifeline
from meshvisor.shared.passing import receive
from meshvisor.supervisor.cli.doctor.finding import Finding, fail, ok, warn

OLDEST_PYTHON: Final = (3, 11)

LIFELINE_DEADLINE: Final = 2000
"""Milliseconds in which the kernel must have killed a child whose lifeline was cut; it takes it
less than one."""


def check() -> Iterator[Finding]:
    """Look at Python, then try each feature of the kernel."""
    version = platform.python_version()
    if sys.version_info >= OLDEST_PYTHON:
        yield ok("Python", version)
    else:
        yield fail("Python", version, "install Python 3.11 or newer")
    if sys.platform != "linux":
        yield fail("system", platform.system(), "run it on Linux, the only system supported")
        return
    yield ok("system", f"Linux {platform.release()}")
    yield from _features()


# Private


def _features() -> Iterator[Finding]:
    needed: dict[str, tuple[Callable[[], None], str]] = {
        "proc": (_try_proc, "the descriptors and processes of children (/proc)"),
        "pidfd": (_try_pidfd, "signals that cannot hit a wrong process (Linux 5.4)"),
        "memfd": (_try_memfd, "shared heartbeats of the workers (Linux 3.17)"),
        "descriptor passing": (_try_descriptor_passing, "pipes of the workers (SCM_RIGHTS)"),
        "lifeline": (_try_lifeline, "no process left behind (F_SETSIG)"),
    }
    for name, (attempt, purpose) in needed.items():
        try:
            attempt()
        except (OSError, AttributeError) as error:
            yield fail(
                name,
                f"missing: {error}; needed for {purpose}",
                "use a newer kernel, or a container profile that allows it",
            )
        else:
            yield ok(name, purpose)
    try:
        _try_inotify()
    except OSError as error:
        yield warn(
            "inotify",
            f"not available: {error}",
            "'run --reload' will not see changes; raise fs.inotify.max_user_instances",
        )
    else:
        yield ok("inotify", "changes are seen by 'run --reload'")


def _try_proc() -> None:
    os.listdir("/proc/self/fd")


def _try_pidfd() -> None:
    descriptor = os.pidfd_open(os.getpid())
    try:
        signal.pidfd_send_signal(descriptor, 0)
    finally:
        os.close(descriptor)


def _try_memfd() -> None:
    descriptor = os.memfd_create("doctor")
    try:
        os.ftruncate(descriptor, 4096)
    finally:
        os.close(descriptor)


def _try_descriptor_passing() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs, open(os.devnull, "rb") as something:
        socket.send_fds(ours, [b"x"], [something.fileno()])
        _, descriptors = receive(theirs, 1, 1)
        for descriptor in descriptors:
            os.close(descriptor)
        if not descriptors:
            raise OSError("the descriptor did not arrive")


def _try_lifeline() -> None:
    """Let a child hold a lifeline, cut it, and see the kernel kill the child."""
    read_end, write_end = lifeline.create()
    ready, say_ready = os.pipe()
    child = os.fork()
    if child == 0:
        _be_held(read_end, write_end, say_ready)
    os.close(say_ready)
    os.close(read_end)
    try:
        if not os.read(ready, 1):
            raise OSError("a child could not take hold of it")
        os.close(write_end)
        poller = select.poll()
        pidfd = os.pidfd_open(child)
        poller.register(pidfd, select.POLLIN)
        killed = poller.poll(LIFELINE_DEADLINE)
        os.close(pidfd)
        if not killed:
            raise OSError("the kernel did not kill a child whose lifeline was cut")
    finally:
        os.close(ready)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _be_held(read_end: int, write_end: int, say_ready: int) -> None:
    # In the child: nothing of the parent's may run here, whatever happens.
    try:
        os.close(write_end)
        os.setpgid(0, 0)
        lifeline.hold(read_end)
        os.write(say_ready, b"x")
        signal.pause()
    finally:
        os._exit(1)


def _try_inotify() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.inotify_init1(os.O_CLOEXEC)
    if descriptor < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    os.close(descriptor)
