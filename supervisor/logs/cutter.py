"""Bytes from a pipe, cut into lines of bounded length.  Without I/O."""

from __future__ import annotations

from typing import Final, NamedTuple

MAX_LINE: Final = 64 * 1024
"""Bytes kept of one line; a worker's longest record (24 K characters) has room."""


class RawLine(NamedTuple):
    """One line without its newline."""

    content: bytes
    missing: int = 0
    """Bytes of it that were left out because it was too long."""


class LineCutter:
    """Holds the line that has not ended yet."""

    def __init__(self) -> None:
        self._rest = b""
        self._missing = 0

    def feed(self, data: bytes) -> list[RawLine]:
        """Take what was read and return the lines that it completes; empty ones are skipped."""
        *ended, rest = data.split(b"\n")
        lines = []
        for part in ended:
            self._extend(part)
            lines += self.flush()
        self._extend(rest)
        return lines

    def flush(self) -> list[RawLine]:
        """Return what has been read of a line that will not be continued."""
        line = RawLine(self._rest, self._missing)
        self._rest, self._missing = b"", 0
        return [line] if line.content.strip() else []

    def _extend(self, part: bytes) -> None:
        room = MAX_LINE - len(self._rest)
        self._rest += part[:room]
        self._missing += max(0, len(part) - room)
