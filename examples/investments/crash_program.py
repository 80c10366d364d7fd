"""Pays with a process that is killed before each of its statements, one after the other.

    python -m examples.investments.crash_program FOLDER DAYS

The folder has accounts in `before.db`.  For each statement, a fork pays in a copy of its own until
it is killed there with SIGKILL, and another one pays again; the copy is left as `N.db`, as it was
between the two as `N-killed.db`.  The last copy, for which no statement was left, is not there.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from itertools import count
from pathlib import Path

from examples.investments.business import MESH, day
from examples.investments.investments import payouts
from examples.investments.investments.book import Book


def pay(path: Path, days: int, statements: int | None = None) -> int:
    """Pay in a fork, which is killed before a statement; return how that has ended."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    left = count(statements, -1) if statements is not None else count(1)

    def trace(_statement: str) -> None:
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    with Book(path) as book:
        # Quicker; what was handed to the kernel survives the process as well.
        book.db.execute("PRAGMA synchronous = OFF")
        book.db.set_trace_callback(trace)
        for number in payouts.due(book, MESH, day(days)):
            payouts.pay(book, number, day(days))
    os._exit(0)


def copy(source: Path, target: Path) -> Path:
    """Copy a database as a crash leaves it: with its log."""
    for suffix in ("", "-wal"):
        part = source.with_name(source.name + suffix)
        if part.exists():
            shutil.copy(part, target.with_name(target.name + suffix))
    return target


def main(folder: Path, days: int) -> None:
    """Go through all statements."""
    for statement in count():
        path = copy(folder / "before.db", folder / f"{statement}.db")
        if pay(path, days, statement) != -signal.SIGKILL:
            path.unlink()
            return
        copy(path, folder / f"{statement}-killed.db")
        assert pay(path, days) == 0


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
