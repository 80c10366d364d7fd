"""The colours of log lines: by level, and one of its own for each source.

Used for lines as `meshvisor run` shows them while they happen, and for those of `meshvisor logs`.
"""

from __future__ import annotations

import re
import zlib
from typing import Final

from meshvisor.supervisor.cli.terminal import BLUE, CYAN, DIM, GREEN, MAGENTA, RED, YELLOW, paint

_SOURCE_COLOURS: Final = (CYAN, GREEN, MAGENTA, BLUE)
_LEVEL_COLOURS: Final = {"debug": DIM, "warning": YELLOW, "error": RED, "critical": RED}

_HEAD: Final = re.compile(r"([\d :-]+) (\[[^\]\n]+\]) (?:(debug|warning|error|critical): )?")


def paint_log_line(line: str) -> str:
    """Return a line like `08:15:02 [mesh-lobby] warning: text` in colours; others as they are."""
    head = _HEAD.match(line)
    if head is None:
        return line
    moment, source, level = head.groups()
    mark = paint(f"{level}: ", _LEVEL_COLOURS[level]) if level else ""
    return (
        f"{paint(moment, DIM)} {paint(source, _source_colour(source))} {mark}{line[head.end() :]}"
    )


def _source_colour(source: str) -> str:
    # Not `hash`, which differs from one start to the next.
    return _SOURCE_COLOURS[zlib.crc32(source.encode()) % len(_SOURCE_COLOURS)]
