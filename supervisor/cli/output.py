"""Writing to stdout and stderr, whatever those are.

Owns what is said when they take nothing, and JSON that every program can read.  Does not own the
streams themselves (`shared.streams`).  Standard library only, and little of it: `status` loads
this.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.streams import abandon

STDOUT = 1


class OutputError(MeshvisorError):
    """What was to be printed cannot be: the disk is full, or stdout is closed."""


class ReaderLeftError(Exception):
    """The reader of stdout has seen enough (`| head`), which is no error."""


def write(text: str) -> None:
    """Print `text`, which may stay in a buffer.

    Raises:
        OutputError: it cannot be printed.
        ReaderLeftError: the reader has closed the pipe.
    """
    with _refusals():
        sys.stdout.write(text)


def flush() -> None:
    """Have everything printed that still waits; raises as `write` does."""
    with _refusals():
        sys.stdout.flush()


def until_readable(source: int) -> None:
    """Return when there is something to read from a descriptor, for what is printed as it comes.

    Raises:
        ReaderLeftError: the reader has closed the pipe, so that the wait would be in vain.
    """
    while source not in _ready(source, None):
        pass


def pause(seconds: float) -> None:
    """Wait; raises as `until_readable` does."""
    _ready(None, seconds)


def give_up() -> None:
    """Have what still waits vanish: Python would complain about it once more while it exits."""
    abandon(1)


def settle() -> None:
    """Have nothing wait for stderr that it does not take, which would change the exit code."""
    try:
        sys.stderr.flush()
    except (OSError, ValueError):
        abandon(2)


def remark(text: str, end: str = "\n") -> None:
    """Print something beside the result, on stderr; not where stderr is closed or full."""
    try:
        sys.stderr.write(text + end)
        sys.stderr.flush()
    except (OSError, ValueError):
        abandon(2)


def to_json(value: Any, indent: int | None = None) -> str:
    """Return `value` as JSON that any program can read from stdout.

    Numbers that JSON does not have (a worker may report them) become null, and what the encoding of
    stdout lacks becomes an escape of JSON, not one of ours.
    """
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "").replace("_", "")
    is_ascii = encoding != "utf8"
    try:
        return json.dumps(value, indent=indent, ensure_ascii=is_ascii, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value), indent=indent, ensure_ascii=is_ascii)


# Private


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    return [_finite(one) for one in value] if isinstance(value, (list, tuple)) else value


def _ready(source: int | None, seconds: float | None) -> dict[int, int]:
    import select  # `status` waits for nothing

    poller = select.poll()
    # Of stdout only what poll reports unasked: that its reader has gone (a pipe) or hung up.
    poller.register(STDOUT, 0)
    if source is not None:
        poller.register(source, select.POLLIN)
    found = dict(poller.poll(None if seconds is None else seconds * 1000))
    if STDOUT in found:
        raise ReaderLeftError
    return found


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise ReaderLeftError from None
    except OSError as error:
        raise OutputError(
            f"the output cannot be written ({error.strerror or error}); write it somewhere else."
        ) from error
