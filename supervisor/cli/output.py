"""Writing to stdout, whatever that is.

Owns what is said when it takes nothing.  Standard library only, and little of it: `status` loads
this.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from shared.errors import MeshvisorError


class OutputError(MeshvisorError):
    """What was to be printed cannot be: the disk is full, or stdout is closed."""


def write(text: str) -> None:
    """Print `text`, which may stay in a buffer.

    Raises:
        OutputError: it cannot be printed.
        BrokenPipeError: whoever read it has seen enough, which is no error.
    """
    with _refusals():
        sys.stdout.write(text)


def flush() -> None:
    """Have everything printed that still waits; raises as `write` does."""
    with _refusals():
        sys.stdout.flush()


def give_up() -> None:
    """Have what still waits vanish: Python would complain about it once more while it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def fill_in() -> None:
    """Have a stdout that refuses everything where the shell has closed ours (`>&-`).

    Commands that print nothing work without one.  And no file that is opened later, such as the
    database, gets the number 1, to which output goes.
    """
    if sys.stdout is None:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 1)
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)


# Private


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(
            f"the output cannot be written ({error.strerror or error}); write it somewhere else."
        ) from error
