"""Which source files there are and whether they have changed, for `run --reload`.

Owns the look.  Does not own when one is taken (`supervisor.reload`).

Every file is asked for again at each look, instead of having the kernel report changes (inotify):
that watches inodes and not names.  A folder that is removed and made anew, swapped, or reached over
another link, and the target of a link, would never be heard of again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from meshvisor.shared.python_code import SUFFIXES, code_below

Seen = dict[str, tuple[int, ...]]
"""Path of each file to what changes whenever its content does."""

_SUFFIXES: Final = (*SUFFIXES, ".sql")
"""Of what Python imports, and of the statements that ours reads at its start."""


def look(folders: Iterable[Path], files: Iterable[Path]) -> Seen:
    """Return all code below the folders, and the files, as they are now.

    What is missing or cannot be read is left out; links are followed.
    """
    seen: Seen = {}
    for folder in folders:
        for path in code_below(str(folder), _SUFFIXES) if folder.is_dir() else (str(folder),):
            _add(path, seen)
    for file in files:
        _add(str(file), seen)
    return seen


def changed_files(before: Seen, after: Seen) -> list[str]:
    """Return the paths that are other, gone or new."""
    paths = sorted({*before, *after})
    return [path for path in paths if before.get(path) != after.get(path)]


# Private


def _add(path: str, seen: Seen) -> None:
    try:
        at = os.stat(path)
    except OSError:
        return
    # The time of the last change of the inode cannot be set, unlike that of the content.
    seen[path] = (at.st_dev, at.st_ino, at.st_size, at.st_mtime_ns, at.st_ctime_ns)
