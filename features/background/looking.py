"""How a background command is, from its files and from the processes that there are.

Files may be older than the truth: a keeper that was killed, or a machine that was switched off,
says nothing any more.  A look puts that right in the files.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from meshvisor.features.background.folder import command_line, own_folders
from meshvisor.features.background.identity import boot_id, identity_of
from meshvisor.features.background.locking import release, take
from meshvisor.features.background.lost import find_lost
from meshvisor.features.background.names import Files, names_in
from meshvisor.features.background.status import State, Status, read_status, write_status
from meshvisor.features.background.wordings import NO_COMMAND
from meshvisor.shared.errors import UnknownError


@dataclass(frozen=True, slots=True)
class Found:
    """A background command."""

    files: Files
    status: Status
    left: list[int] = field(default_factory=list)
    """PIDs of what has outlived a keeper that was killed."""

    @property
    def runs(self) -> bool:
        """Whether it runs, and its keeper keeps it."""
        return self.status.status == State.RUNNING

    @property
    def runtime(self) -> float:
        """Seconds that it has run."""
        status = self.status
        if self.runs:
            return status.identity.age()
        if status.runtime is not None:
            return status.runtime
        return max(0.0, (status.end_time or status.last_update) - status.start_time)

    @property
    def remaining(self) -> float | None:
        """Seconds that it will take at the pace so far; None: it is unknown."""
        done = self.status.progress
        if not self.runs or not done:
            return None
        return self.runtime * (100.0 - done) / done


def look(files: Files) -> Found | None:
    """Return how a command is; None: there is none of that name.

    Raises:
        OSError: its files cannot be read.
    """
    status = read_status(files)
    if status is None:
        _tidy(files, None)
        lost = find_lost(files)
        return None if lost is None else Found(files, lost)
    if status.status != State.RUNNING:
        _tidy(files, None)
        return Found(files, status, _left_of(status))
    if status.identity.lives():
        return Found(files, status)
    # It may have ended between the two: then its file says so by now.
    again = read_status(files)
    if again is not None and again != status:
        return look(files)
    crashed = _crashed(files, status)
    _tidy(files, crashed)
    return Found(files, crashed, _left_of(status))


def look_for(files: Files) -> Found:
    """Return how a command is.

    Raises:
        UnknownError: there is none of that name.
        OSError: its files cannot be read.
    """
    found = look(files)
    if found is None:
        from meshvisor.shared.near_names import LISTED, did_you_mean, near_names  # loads much

        log = f"; its log is left: {files.log}" if files.log.exists() else ""
        others = [name for name in names_in(files.folder) if name != files.name]
        hint = _elsewhere(files) or did_you_mean(near_names(files.name, others))
        hint = hint or LISTED(command=f"'{command_line('list-processes', files.folder)}'")
        raise UnknownError(
            NO_COMMAND.said(name=files.name, folder=files.folder, log=log, hint=hint)
        )
    return found


def look_at_all(folder: Path) -> list[Found]:
    """Return all commands of a folder, those that run first, then the newest first.

    Raises:
        OSError: the folder or a file cannot be read.
    """
    found = [one for name in names_in(folder) if (one := look(Files(folder, name))) is not None]
    return sorted(found, key=lambda one: (not one.runs, -one.status.start_time))


# Private


def _elsewhere(files: Files) -> str:
    """Return where one of that name is: the default folder is another one without a session."""
    for folder in own_folders():
        if folder != files.folder and Files(folder, files.name).status.exists():
            return f"there is one in {folder}: --pid-dir {folder}"
    return ""


def _crashed(files: Files, status: Status) -> Status:
    """Return the status of a command whose keeper has vanished."""
    is_same = status.boot_id == boot_id()
    status.status = State.CRASHED
    status.end_time = max([status.last_update, *_written(files.log)])
    status.error = (
        "its keeper was killed"
        if is_same
        else "the machine was switched off or started anew while it ran"
    )
    return status


def _written(log: Path) -> list[float]:
    """Return when a log was written to, as far as that is known."""
    try:
        return [min(log.stat().st_mtime, time.time())]
    except OSError:
        return []


def _tidy(files: Files, status: Status | None) -> None:
    """Remove a PID file whose keeper is gone, and write down what has become of it."""
    if status is None and not files.pid.exists():
        return
    with suppress(OSError):  # where we may only read, the status is right all the same
        lock = take(files)
        if lock is None:
            return  # it was started anew
        if status is not None:
            write_status(files, status)
        release(files, lock)


def _left_of(status: Status) -> list[int]:
    """Return what carries the mark of a keeper that is gone, unless its PID is another's now."""
    if status.boot_id != boot_id() or identity_of(status.pid) is not None:
        return []
    from meshvisor.shared import strays  # few have left anything

    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and strays.owner_of(int(entry)) == status.pid:
            one = identity_of(int(entry))
            if one is not None and one.started >= status.process_start:
                found.append(one.pid)
    return found
