"""Lines out of pieces, and how many of them are read in a second; without I/O.

Owns what a program may send at most.  Called by `process`, which reads the pipes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

LONGEST: Final = 1024 * 1024
"""Bytes of one line, its end not counted."""


class LineTooLongError(Exception):
    """A line, finished or not, is longer than is allowed."""


class Lines:
    """Cuts a stream of bytes into lines.

    Args:
        longest: bytes of a line.
    """

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._pieces: list[bytes] = []
        self._length = 0

    @property
    def rest(self) -> bytes:
        """What came behind the last line end."""
        return b"".join(self._pieces)

    def feed(self, data: bytes) -> Iterator[bytes]:
        r"""Yield the lines that are complete now, without `\n` and without blanks at their ends.

        Raises:
            LineTooLongError: as soon as one has too many bytes; the stream is of no use then.
        """
        *ended, rest = data.split(b"\n")
        for piece in ended:
            self._add(piece)
            line = b"".join(self._pieces).strip()
            self._pieces, self._length = [], 0
            if line:
                yield line
        self._add(rest)

    def _add(self, piece: bytes) -> None:
        self._length += len(piece)
        if self._length > self._longest:
            raise LineTooLongError
        if piece:
            self._pieces.append(piece)


class Pace:
    """How much may be read in a second: what is beyond it waits in the pipe, and so its writer.

    Args:
        lines: in a second, and at once after a silence.
        size: bytes in a second, and at once after a silence.
    """

    def __init__(self, lines: int, size: int) -> None:
        self._per_second = (float(lines), float(size))
        self._left = self._per_second
        self._at = 0.0

    def spend(self, lines: int, size: int, now: float) -> float:
        """Count what was read, and return the seconds until more may be; 0: at once.

        Args:
            lines: that were read.
            size: of what was read, in bytes.
            now: seconds of a clock that never goes back.
        """
        passed = max(0.0, now - self._at)
        self._at = now
        self._left = tuple(  # type: ignore[assignment]
            min(most, left + passed * most) - spent
            for most, left, spent in zip(self._per_second, self._left, (lines, size), strict=True)
        )
        return max(
            0.0, *(-left / most for left, most in zip(self._left, self._per_second, strict=True))
        )
