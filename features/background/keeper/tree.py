"""All processes that come from one, however they have tried to get away.

The keeper is the subreaper of what it starts (`shared.strays`): whatever loses its parent becomes a
child of the keeper, sessions and process groups of its own or not.
"""

from __future__ import annotations

import os
import signal
from collections import defaultdict
from contextlib import suppress
from pathlib import Path


def descendants(pid: int) -> list[int]:
    """Return the PIDs of all that come from a process and have not ended, parents first."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with suppress(OSError, ValueError, IndexError):
                text = Path("/proc", entry, "stat").read_bytes()
                state, parent = text.rpartition(b")")[2].split()[:2]
                if state not in (b"Z", b"X"):
                    children[int(parent)].append(int(entry))
    found = list(children[pid])
    for one in found:  # grows while it is walked through
        found += children[one]
    return found


def signal_all(pids: list[int], number: signal.Signals) -> None:
    """Send a signal to each; a stopped one is woken, so that it can obey."""
    for pid in pids:
        with suppress(OSError):
            os.kill(pid, number)
            os.kill(pid, signal.SIGCONT)
