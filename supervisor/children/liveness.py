"""Which workers are hung: the decision, and the kernel's figures that it rests on.

A worker whose event loop has not stamped for `hung_after` seconds is hung, unless it had no
chance: the scanner itself was late (the machine stood still, or was suspended), or the worker
has spent the time waiting for a processor.  The kernel counts that waiting per process
(`/proc/PID/schedstat`), so an overloaded machine does not look like 500 hung workers.
"""

from __future__ import annotations

from typing import Final

import msgspec

SCAN_INTERVAL: Final = 0.2
"""Seconds between two looks at all slots; a look at 500 slots costs microseconds."""

LATE_SCAN: Final = 1.0
"""Seconds.  When two looks are further apart than this, the scanner was starved, and so may
have been every worker: no worker is judged by time in which it could not run."""

SUSPICION: Final = 1.0
"""Seconds without a heartbeat after which a worker's waiting for a processor is measured."""

ENOUGH_CPU: Final = 1.0
"""Seconds.  A healthy loop needs a thousandth of this to stamp; one that had so much (running
or sleeping, not queueing for a processor) and has not stamped, will not."""


class Suspicion(msgspec.Struct, frozen=True):
    """What is remembered of a worker that has not stamped for a while."""

    since: float
    """Monotonic seconds."""
    queued_before: float
    """Seconds that it had ever waited for a processor when suspicion began."""


def is_hung(
    *, silent_for: float, hung_after: float, suspected_for: float, queued_meanwhile: float
) -> bool:
    """Decide whether a worker is hung.

    Args:
        silent_for: seconds since its last heartbeat, the scanner's own starvation taken off.
        hung_after: the setting.
        suspected_for: seconds since its waiting is measured.
        queued_meanwhile: seconds of that in which it waited for a processor.
    """
    return silent_for >= hung_after and suspected_for - queued_meanwhile >= ENOUGH_CPU


def queued_seconds(pid: int) -> float:
    """Return how long a process has ever waited for a processor; 0 where that is not counted."""
    try:
        with open(f"/proc/{pid}/schedstat", "rb") as file:
            fields = file.read().split()
    except OSError:
        return 0.0
    return int(fields[1]) / 1e9 if len(fields) > 1 else 0.0


def is_stopped(pid: int) -> bool:
    """Say whether a process is stopped (SIGSTOP) and so cannot be asked for its stacks."""
    return _state(pid) in (b"T", b"t")


def is_dead(pid: int) -> bool:
    """Say whether a process has ended and only its entry is left, until its parent reads it.

    Its parent may be a zygote that does not get around to it; what such a process does not do any
    more is no fault of its own.
    """
    return _state(pid) in (b"Z", b"X")


def _state(pid: int) -> bytes:
    """Return the state of a process as one letter (proc_pid_stat(5)); empty: there is none."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The state follows the name, which is in parentheses and may hold anything.
            return file.read().rpartition(b")")[2].split()[0]
    except (OSError, IndexError):
        return b""
