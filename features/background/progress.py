"""Saying how far a long command is: in the foreground and in the background by the same call.

    from meshvisor import progress

    for number, batch in enumerate(batches):
        progress(100 * number / len(batches), f"Batch {number} of {len(batches)}")

On a terminal there is a bar; in the background it is in the status file; else nothing is printed.
A command in another language prints the line itself (`progress_line`).
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
from typing import Final

from meshvisor.features.background.bar import bar
from meshvisor.features.background.progress_line import Progress, format_line

__all__ = ["draw_bar", "erase_bar", "progress"]

VARIABLE: Final = "MESHVISOR_BACKGROUND"
"""Tells a command that it runs in the background, and under which name."""

_lock = threading.Lock()
_last = ""
"""The line that was shown or written last."""
_last_known = False
"""Whether a percent was said last."""


def progress(percent: float | None, task: str = "") -> None:
    """Say how far this program is; from any thread.

    Each call that says something new is shown, for the next one may come in an hour: where the same
    is said again nothing is written.  Such a call takes some ten microseconds.

    Args:
        percent: 0 to 100; None: it is not known, or it stops before it is done.  A command that
            ends with exit code 0 is shown with 100 %, unless it said None last.
        task: what is being done, in a few words.
    """
    global _last, _last_known
    with _lock:
        in_background = VARIABLE in os.environ
        if not in_background and not sys.stderr.isatty():
            return
        latest = Progress(None if percent is None else min(100.0, max(0.0, percent)), task or None)
        line = format_line(latest) if in_background else _bar_line(latest)
        if line == _last:
            return
        is_last = percent >= 100 if percent is not None else _last_known
        _last, _last_known = line, percent is not None
        if in_background:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        else:
            _draw(line, is_last=is_last)


def draw_bar(percent: float | None, task: str | None) -> None:
    """Draw the bar of another command on the terminal, if there is one; `erase_bar` takes it off.

    Args:
        percent: as for `progress`.
        task: as well; None: it is not known.
    """
    if sys.stderr.isatty():
        with _lock:
            _draw(_bar_line(Progress(percent, task)), is_last=False)


def erase_bar() -> None:
    """Take the bar from the terminal, if there is one, before a line is written in its place."""
    if sys.stderr.isatty():
        with _lock:
            sys.stderr.write(_ERASE)
            sys.stderr.flush()


# Private

_ERASE: Final = "\r\x1b[K"


def _bar_line(latest: Progress) -> str:
    room = shutil.get_terminal_size().columns - 1
    return f"{bar(latest.percent)} {' '.join((latest.task or '').split())}"[:room]


def _draw(line: str, *, is_last: bool) -> None:
    sys.stderr.write(f"{_ERASE}{line}" + ("\n" if is_last else ""))
    sys.stderr.flush()
