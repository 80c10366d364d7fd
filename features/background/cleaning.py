"""Removing the files of background commands that have ended."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from meshvisor.features.background.folder import command_line
from meshvisor.features.background.keeper.log import OLD_FILES
from meshvisor.features.background.locking import release, take
from meshvisor.features.background.looking import look
from meshvisor.features.background.names import Files, names_in
from meshvisor.shared.errors import ConflictError, UnknownError


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What was done."""

    removed: list[str] = field(default_factory=list)
    """Names of which no file is left."""
    problems: list[str] = field(default_factory=list)
    """Files that cannot be removed, each with the reason."""


def clean(folder: Path, names: Collection[str]) -> Cleaned:
    """Remove the files of commands that have ended; a file that stays keeps no other one.

    Args:
        folder: where they are.
        names: which ones; empty: all that have ended.

    Raises:
        UnknownError: there are no files of a name.
        ConflictError: one that was named runs, or has left processes.
    """
    there = list(names_in(folder))
    for name in names:
        if name not in there:
            raise UnknownError(f"there are no files of a background command {name!r} in {folder}")
    cleaned = Cleaned()
    for name in names or there:
        found = len(cleaned.problems)
        if _clean(Files(folder, name), cleaned.problems):
            if len(cleaned.problems) == found:
                cleaned.removed.append(name)
        elif names:
            cancel = command_line(f"cancel-process {name}", folder)
            raise ConflictError(f"the background command {name} still runs; '{cancel}' ends it")
    return cleaned


# Private


def _clean(files: Files, problems: list[str]) -> bool:
    """Remove what is there of a command; return whether it has ended."""
    try:
        return _remove(files, problems)
    except OSError as error:
        problems.append(_problem(Path(error.filename or files.pid), error))
        return True


def _remove(files: Files, problems: list[str]) -> bool:
    found = look(files)
    if found is not None and (found.runs or found.left):
        return False
    lock = take(files)
    if lock is None:
        return False  # it is being started
    for path in (files.status, files.log, *map(files.old_log, range(1, OLD_FILES + 1))):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            problems.append(_problem(path, error))
    release(files, lock)
    return True


def _problem(path: Path, error: OSError) -> str:
    return f"{path.name} ({error.strerror})"
