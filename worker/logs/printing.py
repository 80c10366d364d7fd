"""What `print` becomes in a worker: log records, which never block and never raise."""

from __future__ import annotations

import io
import time
from collections.abc import Iterable
from typing import Any, Final

from meshvisor.worker.logs.pipe import PipeWriter
from meshvisor.worker.logs.records import MAX_MESSAGE, cut, record_line

STDOUT: Final = 1


class PrintStream(io.TextIOBase):
    """Stands in for `sys.stdout` or `sys.stderr`: each printed line becomes a log record.

    Args:
        name: `stdout` or `stderr`; the record's logger.
        level: the record's level.
        writer: where the records go.
    """

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, name: str, level: str, writer: PipeWriter) -> None:
        super().__init__()
        self._name = name
        self._level = level
        self._writer = writer
        self._line = ""
        self.buffer = _ByteSide(self)

    def writable(self) -> bool:
        """Return True."""
        return True

    def fileno(self) -> int:
        """Return the real descriptor, which programs started by a plug-in may inherit."""
        return STDOUT

    def write(self, text: str) -> int:
        """Take text; every finished line is logged."""
        *lines, rest = (self._line + text).split("\n")
        # Text without any line end must not pile up for ever.
        if len(rest) > MAX_MESSAGE:
            lines.append(rest)
            rest = ""
        self._line = rest
        self._log(lines)
        return len(text)

    def flush(self) -> None:
        """Log what has been printed without a line end so far."""
        if self._line:
            line, self._line = self._line, ""
            self._log([line])

    def become_copy(self) -> None:
        """Go on after a fork: what the original has begun to print is its own to finish."""
        self._line = ""

    def _log(self, lines: Iterable[str]) -> None:
        for line in lines:
            if line:
                record = {
                    "ts": time.time(),
                    "level": self._level,
                    "logger": self._name,
                    "event": "print",
                    "msg": cut(line),
                }
                self._writer.write(record_line(record).encode() + b"\n")


class _ByteSide(io.RawIOBase):
    """`sys.stdout.buffer` of a `PrintStream`."""

    def __init__(self, text: PrintStream) -> None:
        super().__init__()
        self._text = text

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        text = bytes(data)
        self._text.write(text.decode("utf-8", "replace"))
        return len(text)
