"""Processes as the kernel sees them: families, sizes, ends.  Works by PID only, never by name.

The harness makes itself the reaper of every orphan below it, so that a daemon that detaches
itself or a worker whose parent was killed stays a descendant: `end_descendants` finds them all.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import time
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

import psutil

from benchmarks.errors import BenchmarkError

PR_SET_CHILD_SUBREAPER: Final = 36
KILL_TIMEOUT: Final = 10.0
"""Seconds for SIGKILL to take effect everywhere; 500 processes need about one."""
KIB: Final = 1024
MIB: Final = 1024 * 1024


def adopt_orphans() -> None:
    """Let orphans below this process become its children instead of init's."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


# ---- Families ------------------------------------------------------------------------------------


def family_of(pid: int) -> list[psutil.Process]:
    """Return a process and all its living descendants."""
    try:
        head = psutil.Process(pid)
        return [one for one in [head, *head.children(recursive=True)] if is_alive(one)]
    except psutil.NoSuchProcess:
        return []


def is_alive(process: psutil.Process) -> bool:
    """Tell whether this very process (not a later one of the same PID) still runs."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def clients_of(port: int) -> dict[int, int]:
    """Return local port -> PID for all connections to a port of this machine.

    By the other end as well, because one local port may serve several connections at the same
    time if they lead to different places.
    """
    return {
        connection.laddr.port: connection.pid
        for connection in psutil.net_connections("tcp4")
        if connection.laddr and connection.raddr and connection.raddr.port == port
        if connection.pid is not None and connection.status == psutil.CONN_ESTABLISHED
    }


def owns_port(pid: int, port: int) -> bool:
    """Tell whether a process holds the connection with that local port."""
    try:
        found = psutil.Process(pid).net_connections("tcp4")
    except psutil.NoSuchProcess:
        return False
    return any(connection.laddr.port == port for connection in found)


# ---- Sizes ---------------------------------------------------------------------------------------


def unique_megabytes(pid: int) -> float:
    """Return the memory that would be freed if this process ended (USS), in MB of 2^20 bytes."""
    rollup = _rollup(pid)
    return (rollup["Private_Clean"] + rollup["Private_Dirty"]) * KIB / MIB


def proportional_megabytes(pids: Iterable[int]) -> float:
    """Return the memory of all of them, shared pages counted once among their sharers (PSS)."""
    return sum(_rollup(pid)["Pss"] for pid in pids) * KIB / MIB


def resident_megabytes(pid: int) -> float:
    """Return the resident memory (RSS), pages shared with others counted in full."""
    return _rollup(pid)["Rss"] * KIB / MIB


def cpu_seconds(pids: Iterable[int]) -> float:
    """Return the CPU time used so far, all threads, to the nanosecond.

    `/proc/PID/stat` counts in ticks of 10 ms, too coarse for a supervisor that is idle.
    """
    total = 0
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def _rollup(pid: int) -> dict[str, int]:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    except OSError as error:
        raise BenchmarkError(f"process {pid} ended while its memory was read") from error
    return {line.split(":")[0]: int(line.split()[1]) for line in lines}


# ---- Ends ----------------------------------------------------------------------------------------


def wait_until_gone(pids: Collection[int], timeout: float) -> set[int]:
    """Wait until processes have ended and return those that have not after `timeout` seconds.

    Uses pidfds: exact, without polling, and a zombie counts as ended.
    """
    poll = select.poll()
    waiting: dict[int, int] = {}
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            descriptor = os.pidfd_open(pid)
            waiting[descriptor] = pid
            poll.register(descriptor, select.POLLIN)
    deadline = time.monotonic() + timeout
    try:
        while waiting and (left := deadline - time.monotonic()) > 0:
            for descriptor, _ in poll.poll(left * 1000):
                poll.unregister(descriptor)
                os.close(descriptor)
                del waiting[descriptor]
        return set(waiting.values())
    finally:
        for descriptor in waiting:
            os.close(descriptor)


def end_descendants(spare: Collection[int] = ()) -> None:
    """SIGKILL every process below this one, except `spare`, and reap the orphans.

    Repeats until nothing is left, since a supervisor may start one more while it is being killed.

    Raises:
        BenchmarkError: something survived for `KILL_TIMEOUT`.
    """
    deadline = time.monotonic() + KILL_TIMEOUT
    while found := _living_descendants(spare):
        if time.monotonic() > deadline:
            raise BenchmarkError(f"not killable: {[one.pid for one in found]}")
        for one in found:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        wait_until_gone([one.pid for one in found], timeout=1.0)


def _living_descendants(spare: Collection[int]) -> list[psutil.Process]:
    found = []
    for one in psutil.Process().children(recursive=True):
        if one.pid in spare:
            continue
        if is_alive(one):
            found.append(one)
        else:
            # Ours only when it was adopted or started here; otherwise its parent reaps it.
            with contextlib.suppress(ChildProcessError):
                os.waitpid(one.pid, os.WNOHANG)
    return found
