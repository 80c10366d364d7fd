"""A plug-in of the measured fleet: each worker notes when it hears about access, and what holds.

Copied into the measured home (`config/plugins`) and loaded like any other plug-in before workers
are forked; the harness imports its names only.  It looks where plug-ins have no business to look,
at the tables that the worker judges by, so that nothing has to be added to the product: whenever
a worker has replaced one of them, a line is appended to `access-notes` in the home:

    PID CLOCK_MONOTONIC_NS PING_ALLOWED IS_ADMIN

The judgements are those of `CommandAccess` itself, about `?ping` from a `STRANGER` and about the
user `WATCHED`.  The moment is taken when the new table is in its place; the line is written after
it.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, Final

from meshvisor.worker.mesh.commands.access import CommandAccess
from meshvisor.worker.mesh.commands.registry import COMMANDS
from meshvisor.worker.mesh.transport import User

STRANGER: Final = "10000001"
"""An id of no user."""
WATCHED: Final = "10000002"
"""Id of a user who is made an admin and an ordinary user by turns."""
NOTES: Final = "access-notes"

_path = Path(__file__).resolve().parents[2] / NOTES


def _set_and_note(access: CommandAccess, name: str, value: Any) -> None:
    object.__setattr__(access, name, value)
    at = time.monotonic_ns()
    command = COMMANDS.find("ping")
    if command is None or not hasattr(access, "requires_admin"):
        return  # it is just being made
    allowed, admin = (
        access.allows(command, User(STRANGER, "", authenticated=True)),
        access.is_admin(User(WATCHED, "", authenticated=True)),
    )
    line = f"{os.getpid()} {at} {allowed:d} {admin:d}\n".encode()
    # Opened anew each time: the processes that are forked later must not share one.
    descriptor = os.open(_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(descriptor, line)
    os.close(descriptor)


if __name__ == "meshvisor_plugin_watch_access":  # as a plug-in, not in the harness
    CommandAccess.__setattr__ = _set_and_note  # type: ignore[method-assign, assignment]
