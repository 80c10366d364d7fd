"""Strays: programs that a child has started and that have outlived it, whatever became of them.

Owns how one is recognised and ended.  Called by the processes that become the parent of such
programs: the zygote, and the supervisor once a zygote is dead; and by a worker at the end of a
program that it has started (`mark_program`, `end_program`).

Process groups and sessions do not do for this: a program may begin its own (setsid(2)).  So each
child marks itself, and the kernel hands the mark down to all that come from it, over fork, exec and
whatever they do to their environment.  The mark is a resource limit that means nothing any more:
RLIMIT_LOCKS, which Linux has kept and not obeyed since 2.4.25 (getrlimit(2)).  A process without a
mark, such as one that a container hands to its first process, is never touched.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
from collections.abc import Collection
from typing import Final

_PR_SET_CHILD_SUBREAPER: Final = 36

_RLIMIT_LOCKS: Final = 10

_MARK_BASE: Final = 1 << 40
"""Added to the PID of the owner: no other program sets a limit of so many locks."""

_PID_BITS: Final = 22
"""Of the owner's PID (PID_MAX_LIMIT of Linux); above them is the PID of its program, if any."""

_LOOKS: Final = 5
"""At what a program has left: one that forks faster than that ends with the owner."""

_LINE: Final = b"\nMax file locks "


def become_subreaper(*, wanted: bool = True) -> None:
    """Make this process the parent of every descendant whose own parent dies (prctl(2)).

    Args:
        wanted: False gives the role back.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, int(wanted), 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def mark() -> None:
    """Mark what this process starts from now on as its own; where forbidden, leave it unmarked."""
    _, hard = resource.getrlimit(_RLIMIT_LOCKS)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(_RLIMIT_LOCKS, (_MARK_BASE + os.getpid(), hard))


def mark_program(pid: int) -> None:
    """Make what comes from a program of this process that program's as well as ours.

    What it has started before this call is ours alone.

    Args:
        pid: of the program, a child; nothing happens when it has ended, or has another user.
    """
    with contextlib.suppress(OSError, ValueError):
        _, hard = resource.prlimit(pid, _RLIMIT_LOCKS)
        resource.prlimit(pid, _RLIMIT_LOCKS, (_mark_of(pid), hard))


def end_program(pid: int) -> None:
    """Kill everything that carries the mark of a program of this process.

    It looks at all processes of the machine: 15 µs for each, some milliseconds.  Idempotent.

    Args:
        pid: what `mark_program` was given; the program itself may be dead and forgotten.
    """
    wanted = _mark_of(pid)
    killed: set[int] = set()
    for _ in range(_LOOKS):
        with contextlib.suppress(OSError):
            found = {int(name) for name in os.listdir("/proc") if name.isdigit()} - killed
            found = {one for one in found if _mark(one) == wanted and _kill_marked(one, wanted)}
            if not found:
                return
            killed |= found


def owner_of(pid: int) -> int | None:
    """Return the PID of the child that a process comes from; None: from none of them."""
    mark = _mark(pid)
    return None if mark is None else (mark - _MARK_BASE) % (1 << _PID_BITS) or None


def children() -> list[int]:
    """Return the children of this process that live.

    Raises:
        OSError: the machine is short of something, so that it is unknown.
    """
    me = str(os.getpid()).encode()
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    state, parent = file.read().rpartition(b")")[2].split()[:2]
            except (OSError, ValueError):
                continue
            if parent == me and state not in (b"Z", b"X"):
                found.append(int(name))
    return found


def listed_children() -> set[int] | None:
    """Return the children of this process, which has one thread; None: the kernel does not say.

    A thousand times as fast as `children`, but many kernels are built without it, and one that
    comes while another ends may be missing: a look that finds none is to be followed by a whole
    one.
    """
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", "rb") as file:
            return set(map(int, file.read().split()))
    except (OSError, ValueError):
        return None


def end(living: Collection[int]) -> bool:
    """Kill the strays among the children of this process; say whether to call it again, soon.

    What they have started becomes our child only when they are dead; and where it is unknown which
    there are, for want of a descriptor or of memory, a later look may tell.

    Args:
        living: PIDs of children that live; what comes from them is left alone.
    """
    try:
        found = children()
    except OSError:
        return True
    again = False
    for pid in found:
        if pid not in living:
            owner = owner_of(pid)
            # It cannot be another process by now: only this one reads its end.
            if owner is not None and owner not in living and _kill(pid):
                again = True
    return again


# Private


def _mark_of(program: int) -> int:
    return _MARK_BASE + (program << _PID_BITS) + os.getpid()


def _mark(pid: int) -> int | None:
    """Return the mark of a process; None: it has none, or is gone."""
    try:
        with open(f"/proc/{pid}/limits", "rb") as file:
            text = file.read()
    except OSError:
        return None
    soft = text.partition(_LINE)[2].split(maxsplit=1)[:1]
    mark = int(soft[0]) if soft and soft[0].isdigit() else 0
    return mark if mark > _MARK_BASE else None


def _kill_marked(pid: int, mark: int) -> bool:
    """Kill a process that is no child of ours, and has this mark still."""
    try:
        descriptor = os.pidfd_open(pid)
    except OSError:
        return False
    try:
        # Another process may have had its number a moment ago, and cannot from now on.
        if _mark(pid) == mark:
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            return True
    except OSError:
        pass
    finally:
        os.close(descriptor)
    return False


def _kill(pid: int) -> bool:
    """Kill a process; False: it belongs to another user, such as one that sudo has started."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    except PermissionError:
        return False
    return True
