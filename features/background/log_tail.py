"""The end of a log, however long it is, and what comes behind it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from meshvisor.features.background.keeper.log import OLD_FILES
from meshvisor.features.background.looking import Found
from meshvisor.features.background.names import Files
from meshvisor.features.background.opening import open_own

BLOCK: Final = 64 * 1024
"""Bytes that are read at once, from the end backwards."""

MOST: Final = 16 * 1024 * 1024
"""Bytes that are looked at."""


def last_lines(found: Found, count: int) -> list[str]:
    """Return the last lines of the log of this run, the oldest first; none where there is none.

    Runs before it under the same name are in the same file.

    Raises:
        OSError: it cannot be read.
    """
    files, status = found.files, found.status
    lines: list[str] = []
    for age in range(OLD_FILES + 1):
        descriptor = _open(files.old_log(age) if age else files.log)
        if descriptor is None:
            break
        is_first = os.fstat(descriptor).st_ino == status.log_file
        begin = status.log_offset if is_first else 0
        lines[:0] = _last_lines_of(descriptor, begin, count - len(lines))
        if is_first or len(lines) == count:
            break
    return lines


class Tail:
    """What is appended to a log from now on, also when a new part has begun.

    Args:
        files: names the log.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._descriptor = _open(files.log)
        if self._descriptor is not None:
            os.lseek(self._descriptor, 0, os.SEEK_END)
        self._rest = b""

    def new_lines(self) -> list[str]:
        """Return the whole lines that have come since the last time.

        Raises:
            OSError: the log cannot be read.
        """
        content = self._rest + self._read()
        if self._was_put_aside():
            # What was written before the new part began, and the new part from its beginning.
            content += self._read()
            if self._descriptor is not None:
                os.close(self._descriptor)
            self._descriptor = _open(self._files.log)
            content += self._read()
        whole, _, self._rest = content.rpartition(b"\n")
        return _decode(whole) if whole else []

    # Private

    def _read(self) -> bytes:
        pieces = []
        while self._descriptor is not None and (piece := os.read(self._descriptor, BLOCK)):
            pieces.append(piece)
        return b"".join(pieces)

    def _was_put_aside(self) -> bool:
        try:
            there = os.stat(self._files.log).st_ino
        except FileNotFoundError:
            return False
        return self._descriptor is None or os.fstat(self._descriptor).st_ino != there


# Private


def _open(path: Path) -> int | None:
    try:
        return open_own(path, os.O_RDONLY)
    except (FileNotFoundError, PermissionError):
        return None


def _last_lines_of(descriptor: int, begin: int, count: int) -> list[str]:
    """Return the last lines behind a position; the descriptor is closed."""
    content = b""
    with open(descriptor, "rb") as file:
        position = file.seek(0, os.SEEK_END)
        if begin > position:
            begin = 0  # it was emptied by hand
        lowest = max(begin, position - MOST)
        while position > lowest and content.count(b"\n") <= count:
            start = max(lowest, position - max(BLOCK, len(content)))
            file.seek(start)
            content = file.read(position - start) + content
            position = start
    return _decode(content.removesuffix(b"\n"))[-count:] if content and count else []


def _decode(content: bytes) -> list[str]:
    return content.decode("utf-8", "replace").split("\n")
