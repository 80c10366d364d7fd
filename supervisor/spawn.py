"""Executing a program without passing on anything by accident.

Owns the one call; `supervisor.process` owns what is executed.  Imports next to nothing: the
zygote is started with it before the supervisor has loaded the rest of itself.
"""

from __future__ import annotations

import os
import signal
from itertools import count
from typing import Final

SETTINGS_PREFIX: Final = "MESHVISOR__"
"""Variables that are settings, the same as `shared.settings.environment.PREFIX` without loading it;
a test compares the two."""

FROM_SERVICE_MANAGER: Final = frozenset(
    {
        "NOTIFY_SOCKET",
        "WATCHDOG_USEC",
        "WATCHDOG_PID",
        "LISTEN_PID",
        "LISTEN_PIDFDID",
        "LISTEN_FDS",
        "LISTEN_FDNAMES",
        "FDSTORE",
        "MAINPID",
    }
)
"""Variables by which a service manager speaks to the supervisor alone: a program of a plug-in must
neither answer for it nor take its descriptors (sd_notify(3), sd_listen_fds(3))."""


def spawn(command: list[str], descriptors: dict[int, int]) -> int:
    """Execute a program in a session of its own and return its PID.

    Args:
        command: program and arguments; the program must be a path.
        descriptors: number in the new process to descriptor here; nothing else is passed on.
    """
    # Everything that the supervisor opens is closed on exec, so only these survive.  They go
    # through spare numbers, so that no target overwrites a descriptor that is still needed.
    actions: list[tuple[int, ...]] = []
    needed = {*descriptors, *descriptors.values()}
    free = (number for number in count(3) if number not in needed)
    spare = {number: next(free) for number in descriptors}
    actions += [(os.POSIX_SPAWN_DUP2, source, spare[n]) for n, source in descriptors.items()]
    actions += [(os.POSIX_SPAWN_DUP2, spare[n], n) for n in descriptors]
    actions += [(os.POSIX_SPAWN_CLOSE, number) for number in spare.values()]
    return os.posix_spawn(
        command[0],
        command,
        # Settings may be secrets such as the database's password, and what is executed here goes
        # on to run code of others.  It gets what it needs.
        {n: value for n, value in os.environ.items() if _is_for_others(n)},
        file_actions=actions,
        # A session of its own: Ctrl+C on the terminal is the supervisor's alone to handle.
        setsid=True,
        setsigmask=[],
        # All, and not only those that this process handles: one that was started by nohup, or in
        # the background of a script, ignores some without knowing it.
        setsigdef=signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP},
    )


def _is_for_others(variable: str) -> bool:
    return not variable.startswith(SETTINGS_PREFIX) and variable not in FROM_SERVICE_MANAGER
