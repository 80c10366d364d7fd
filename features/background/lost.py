"""Finding a keeper whose status file was removed, or its whole folder.

That happens by itself: the runtime folder of a user goes when their last session ends
(pam_systemd(8)).  A keeper writes its files again within a minute (`keeper.keeper.RENEW_EVERY`);
until then it is found by the PID file that it holds open, which may be removed as well.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from meshvisor.features.background.identity import Identity, identity_of
from meshvisor.features.background.names import Files
from meshvisor.features.background.status import Status

_REMOVED = " (deleted)"
"""The kernel says so behind the name of an open file that was removed (proc(5))."""


def title_of(name: str) -> str:
    """Return what a keeper calls itself."""
    return f"meshvisor background {name}"


def find_lost(files: Files) -> Status | None:
    """Return what is known of a command without its status file; None: it does not run."""
    title = title_of(files.name).encode()
    for entry in os.listdir("/proc"):
        if entry.isdigit() and _is_keeper(entry, title, str(files.pid)):
            found = identity_of(int(entry))
            if found is not None:
                return _status_of(found)
    return None


# Private


def _is_keeper(pid: str, title: bytes, path: str) -> bool:
    with suppress(OSError):
        # The title is cut or padded with zeros, by the room that there was.
        words = Path("/proc", pid, "cmdline").read_bytes().rstrip(b"\0 ")
        if words != title:
            return False
        for descriptor in Path("/proc", pid, "fd").iterdir():
            with suppress(OSError):
                if os.readlink(descriptor).removesuffix(_REMOVED) == path:
                    return True
    return False


def _status_of(keeper: Identity) -> Status:
    now = time.time()
    return Status(
        pid=keeper.pid,
        start_time=now - keeper.age(),
        command="(its status file is gone; the next one is written within a minute)",
        last_update=now,
        process_start=keeper.started,
        boot_id=keeper.boot,
    )
