"""The log of a background command: what it prints, byte for byte, in a file of limited size."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Final

from meshvisor.features.background.names import Files
from meshvisor.features.background.opening import open_own
from meshvisor.shared.folders import make_folder

OLD_FILES: Final = 2
"""Parts that are put aside and kept: `.log.1` and `.log.2`."""


class Log:
    """Writes; a disk that takes nothing costs lines and nothing else.

    Args:
        files: names the log.
        most: bytes of one part.

    Raises:
        OSError: there cannot be one.
    """

    def __init__(self, files: Files, most: int) -> None:
        self._files = files
        self._most = most
        self._descriptor = self._open()
        self.begin: tuple[int | None, int] = (None, 0)
        """Where this run begins: inode of the part, and bytes before it; None: in a part that was
        thrown away."""
        self._size = 0
        self._parts = 0
        """That were begun behind that one."""
        self._begin()
        self._lost = 0
        self._is_in_line = False

    def write(self, data: bytes) -> None:
        """Append some bytes, one at least."""
        self._is_in_line = not data.endswith(b"\n")
        self._renew()
        if self._size and self._size + len(data) > self._most:
            self._put_aside()
        if self._lost:
            gap = f"\n[{self._lost} bytes are missing: the disk took nothing]\n".encode()
            if not self._append(gap):
                self._lost += len(data)
                return
            self._lost = 0
        if not self._append(data):
            self._lost += len(data)

    def remark(self, text: str) -> None:
        """Append a line of ours."""
        begin = b"\n" if self._is_in_line else b""
        self.write(begin + f"[{text}]\n".encode())

    # Private

    def _open(self) -> int:
        return open_own(self._files.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def _append(self, data: bytes) -> bool:
        try:
            while data:
                written = os.write(self._descriptor, data)
                self._size += written
                data = data[written:]
        except OSError:
            return False
        return True

    def _renew(self) -> None:
        """Begin a new file if the log was removed: what is written would be lost."""
        if os.fstat(self._descriptor).st_nlink:
            return
        with suppress(OSError):
            make_folder(self._files.folder)
            descriptor = self._open()
            os.close(self._descriptor)
            self._descriptor = descriptor
            self._begin()

    def _begin(self) -> None:
        """Take the end of the file as the begin of this run: what is before it is another's."""
        found = os.fstat(self._descriptor)
        self.begin, self._size, self._parts = (found.st_ino, found.st_size), found.st_size, 0

    def _put_aside(self) -> None:
        """Begin a new part; where that cannot be, the old one goes on."""
        with suppress(OSError):
            for age in range(OLD_FILES - 1, 0, -1):
                with suppress(FileNotFoundError):
                    os.replace(self._files.old_log(age), self._files.old_log(age + 1))
            os.replace(self._files.log, self._files.old_log(1))
            descriptor = self._open()
            os.close(self._descriptor)
            self._descriptor = descriptor
            self._size = 0
            self._parts += 1
            if self._parts > OLD_FILES:
                self.begin = (None, 0)
