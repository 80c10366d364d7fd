"""Telling apart, in what a command prints, the lines that say how far it is from those of its log.

A pure function over pieces that come as the pipe has them; what it keeps is bounded.
"""

from __future__ import annotations

from meshvisor.features.background.progress_line import MARK, MOST_BYTES, Progress, parse_line


class Output:
    """Takes pieces, and gives the bytes of the log and the newest progress.

    Attributes:
        progress: what was said last; None: nothing so far.
    """

    def __init__(self) -> None:
        self.progress: Progress | None = None
        self._held = b""
        """The begin of a line that may become one about progress."""
        self._in_line = False
        """Whether the log is in the middle of a line."""

    def feed(self, data: bytes) -> bytes:
        """Take a piece and return what of it belongs into the log."""
        held, self._held = self._held, b""
        # Only newlines: `splitlines` of bytes would cut at a carriage return, too.
        lines = (held + data).split(b"\n")
        whole, rest = lines[:-1], lines[-1]
        kept = [self._sort(line + b"\n") for line in whole]
        if rest:
            kept.append(self._sort(rest))
        return b"".join(kept)

    def end(self) -> bytes:
        """Return what is left when nothing comes any more; the last line needs no newline."""
        held, self._held = self._held, b""
        return self._sort(held + b"\n") if held.startswith(MARK) else held

    # Private

    def _sort(self, line: bytes) -> bytes:
        is_whole = line.endswith(b"\n")
        if not self._in_line:
            if is_whole and (found := parse_line(line.rstrip(b"\r\n"))) is not None:
                self.progress = found
                return b""
            if not is_whole and len(line) <= MOST_BYTES and _may_become(line):
                self._held = line
                return b""
        self._in_line = not is_whole
        return line


def _may_become(line: bytes) -> bool:
    return line.startswith(MARK) or MARK.startswith(line)
