"""PIDs that are used again: a handle of a dead child must never reach a stranger."""

from __future__ import annotations

import asyncio
import ctypes
import errno
import os
import signal
import sys

import psutil
import pytest

from meshvisor.shared.model.exits import ExitCause
from meshvisor.supervisor.process import OwnedProcess, reap_orphans
from tests.supervisor.children.setting import Setting

pytestmark = pytest.mark.faults


class _CloneArguments(ctypes.Structure):
    """`struct clone_args` (clone3(2)); only what is set here has a name."""

    _fields_ = [
        ("unused", ctypes.c_uint64 * 4),
        ("exit_signal", ctypes.c_uint64),
        ("also_unused", ctypes.c_uint64 * 3),
        ("set_tid", ctypes.c_uint64),
        ("set_tid_size", ctypes.c_uint64),
    ]


def be_born_as(pid: int) -> None:
    """Make a child that has this very PID and waits; skip where that is not permitted."""
    wanted = ctypes.c_int(pid)
    arguments = _CloneArguments(
        exit_signal=signal.SIGCHLD, set_tid=ctypes.addressof(wanted), set_tid_size=1
    )
    # PyDLL: a child without the other threads could wait for ever for the lock of one of them.
    libc = ctypes.PyDLL(None, use_errno=True)
    born = libc.syscall(435, ctypes.byref(arguments), ctypes.sizeof(arguments))  # clone3
    if born == 0:
        os.execv(sys.executable, [sys.executable, "-c", "import signal; signal.pause()"])
    if born < 0:
        number = ctypes.get_errno()
        assert number in {errno.EPERM, errno.ENOSYS}, os.strerror(number)
        pytest.skip(f"choosing a PID: {os.strerror(number)}")
    assert born == pid


def how_it_ends(pid: int) -> ExitCause:
    """Wait for the end of a child of this process."""
    _, status = os.waitpid(pid, 0)
    return ExitCause.from_wait_status(status)


async def test_reused_pid(setting: Setting) -> None:
    """A handle of a dead worker signals no process, not even before its end was reported."""
    child = await setting.child("obey")
    os.kill(child.pid, signal.SIGKILL)
    # The loop stands still meanwhile: the zygote has reaped the child, this process has not heard.
    while psutil.pid_exists(child.pid):
        pass
    be_born_as(child.pid)
    stranger = psutil.Process(child.pid)
    assert not child.exited.done()
    child.signal(signal.SIGKILL)
    assert await child.exited == ExitCause(signal=signal.SIGKILL)
    child.signal(signal.SIGKILL)
    # Nor is a stranger reaped for the child.
    reap_orphans(OwnedProcess.known | setting.spawner.child_pids)
    assert stranger.is_running()
    assert stranger.status() != psutil.STATUS_ZOMBIE
    # A signal of our own is the first that it gets.
    stranger.terminate()
    assert await asyncio.to_thread(how_it_ends, stranger.pid) == ExitCause(signal=signal.SIGTERM)
