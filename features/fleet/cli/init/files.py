"""Writing the files of a new home: all of them, or none.

Owns that nothing half done stays behind, and that what is replaced is kept.  Does not own what the
files say.  Called by `meshvisor init`.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.files import write_atomically
from meshvisor.shared.folders import FOLDER_MODE
from meshvisor.shared.home_files import read_file
from meshvisor.shared.paths import Home
from meshvisor.shared.system_errors import shortage

FILE_MODE: Final = 0o600
"""Settings may come to hold a platform's keys, and a database's URI its password."""

LARGEST: Final = 1024 * 1024
"""Bytes of a file that is kept; none that can be used is larger."""


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to write."""

    path: Path
    content: bytes

    @property
    def is_there(self) -> bool:
        """Whether the file says exactly this already."""
        try:
            return read_file(self.path, len(self.content)).data == self.content
        except OSError:
            return False


@dataclass(frozen=True, slots=True)
class Written:
    """What was written."""

    files: tuple[Path, ...]
    old: tuple[Path, ...]
    """Copies of what was there before."""


def write_all(home: Home, files: Sequence[NewFile], clock: Clock) -> Written:
    """Write files with mode 0600, and the folders that they and the home need with mode 0700.

    What is replaced is kept beside the new file, as `<name>.old-<time>`.  When anything fails, or
    Ctrl+C comes, everything is as it was before.

    Raises:
        MeshvisorError: it cannot be done; one sentence says why.
    """
    undo = contextlib.ExitStack()
    old: list[Path] = []
    with undo:
        try:
            for folder in (home.config, home.var, *(file.path.parent for file in files)):
                _make_folder(folder, undo)
            for file in files:
                old += _keep_old(file.path, clock, undo)
                write_atomically(file.path, file.content, mode=FILE_MODE)
        except OSError as error:
            remedy = "let this user write there, or choose another --home"
            if short := shortage(error):
                remedy = str(short).partition("; ")[2]
            raise MeshvisorError(
                f"{error.filename or home.root} cannot be written ({error.strerror}), and nothing "
                f"was changed; {remedy}"
            ) from error
        undo.pop_all()
    return Written(tuple(file.path for file in files), tuple(old))


# Private


def _make_folder(folder: Path, undo: contextlib.ExitStack) -> None:
    for each in reversed([folder, *folder.parents]):
        with contextlib.suppress(FileExistsError):
            each.mkdir(mode=FOLDER_MODE)
            undo.callback(_quietly, each.rmdir)
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))


def _keep_old(path: Path, clock: Clock, undo: contextlib.ExitStack) -> list[Path]:
    if not path.exists():
        undo.callback(_quietly, path.unlink)
        return []
    content, status = read_file(path, LARGEST)
    copy = _free_name(path, clock)
    write_atomically(copy, content, mode=stat.S_IMODE(status.st_mode))
    # Renaming it back needs no room on the disk.
    undo.callback(_quietly, lambda: copy.replace(path))
    return [copy]


def _free_name(path: Path, clock: Clock) -> Path:
    moment = datetime.fromtimestamp(clock.wall(), UTC).strftime("%Y%m%dT%H%M%SZ")
    for number in itertools.count(1):
        suffix = f".old-{moment}" if number == 1 else f".old-{moment}-{number}"
        copy = path.with_name(path.name + suffix)
        if not copy.exists():
            break
    return copy


def _quietly(step: Callable[[], object]) -> None:
    # What led here is reported; that tidying up failed as well would hide it.
    with contextlib.suppress(OSError):
        step()
