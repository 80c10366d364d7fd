"""From a stream of bytes to lines, and back.

Owns where a line ends and how long one may be.  Does not own what stands in it (`message`).
RFC 1459, 2.3: a line has at most 512 bytes with its CR and LF; tags of IRCv3 come before that, up
to 8,191 bytes with the `@` and the blank behind them.  Some servers end lines with LF alone.
"""

from __future__ import annotations

from typing import Final

LINE_BYTES: Final = 512
"""Of one line with its end, without tags."""

TAG_BYTES: Final = 8191
"""Of the tags that a server sends, with `@` and the blank behind them."""

LONGEST: Final = 2 * (LINE_BYTES + TAG_BYTES)
"""Bytes that are kept of a line; more than any server sends, and few enough to lose."""


class LineReader:
    """Cuts a stream into lines; one without an end is skipped."""

    def __init__(self) -> None:
        self._rest = b""
        self._skips = False
        self.overlong = 0
        """Lines that were skipped because they were too long."""

    def feed(self, data: bytes) -> list[bytes]:
        """Take in what came, and return the lines that are whole now: without their ends, and
        without empty ones.
        """
        *lines, self._rest = (self._rest + data).split(b"\n")
        if self._skips and lines:
            del lines[0]
            self._skips = False
        found = []
        for line in lines:
            if len(line) > LONGEST:
                self.overlong += 1
            elif line := line.rstrip(b"\r"):
                found.append(line)
        if len(self._rest) > LONGEST or self._skips:
            self.overlong += not self._skips
            self._rest, self._skips = b"", True
        return found


def decoded(line: bytes) -> str:
    """Return a line as text.

    UTF-8 is what nearly all clients write; a line that is none was written by an old client, whose
    letters are those of Windows as a rule.
    """
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")
