"""Removing the files of background commands that have ended."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from meshvisor.features.background.folder import command_line
from meshvisor.features.background.keeper.log import OLD_FILES
from meshvisor.features.background.locking import release, take
from meshvisor.features.background.looking import look
from meshvisor.features.background.names import Files, names_in
from meshvisor.shared.errors import ConflictError, UnknownError


def clean(folder: Path, names: Collection[str]) -> list[str]:
    """Remove the files of commands that have ended, and return their names.

    Args:
        folder: where they are.
        names: which ones; empty: all that have ended.

    Raises:
        UnknownError: there are no files of a name.
        ConflictError: one that was named runs, or has left processes.
        OSError: a file cannot be removed.
    """
    there = list(names_in(folder))
    for name in names:
        if name not in there:
            raise UnknownError(f"there are no files of a background command {name!r} in {folder}")
    removed = []
    for name in names or there:
        if _clean(Files(folder, name)):
            removed.append(name)
        elif names:
            cancel = command_line(f"cancel-process {name}", folder)
            raise ConflictError(f"the background command {name} still runs; '{cancel}' ends it")
    return removed


# Private


def _clean(files: Files) -> bool:
    found = look(files)
    if found is not None and (found.runs or found.left):
        return False
    lock = take(files)
    if lock is None:
        return False  # it is being started
    try:
        for path in (files.status, files.log, *map(files.old_log, range(1, OLD_FILES + 1))):
            path.unlink(missing_ok=True)
    except BaseException:
        os.close(lock)
        raise
    release(files, lock)
    return True
