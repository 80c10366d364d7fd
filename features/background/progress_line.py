"""The line by which a command in any language says how far it is.

    @progress 45.2 Processing batch 23 of 50

Percent from 0 to 100, or `-` where that is not known; behind it what is being done, or nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

MARK: Final = b"@progress "

MOST_BYTES: Final = 4096
"""Of such a line; one that is longer is none."""

MOST_CHARACTERS: Final = 200
"""Of a task; what is longer is cut."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a command is."""

    percent: float | None
    task: str | None


def parse_line(line: bytes) -> Progress | None:
    """Return what a line without its newline says; None: it is an ordinary one."""
    if not line.startswith(MARK) or len(line) > MOST_BYTES:
        return None
    number, _, task = line[len(MARK) :].decode("utf-8", "replace").strip().partition(" ")
    task = task.strip()[:MOST_CHARACTERS]
    if number == "-":
        return Progress(None, task or None)
    try:
        percent = float(number.removesuffix("%"))
    except ValueError:
        return None
    if not math.isfinite(percent):
        return None
    return Progress(min(100.0, max(0.0, percent)), task or None)


def format_line(progress: Progress) -> str:
    """Return the line, without its newline, that `parse_line` reads."""
    number = "-" if progress.percent is None else f"{progress.percent:g}"
    task = " ".join((progress.task or "").split())[:MOST_CHARACTERS]
    return f"{MARK.decode()}{number} {task}".rstrip()
