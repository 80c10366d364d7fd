"""The three standard streams, in whatever state this process was given them.

Owns that descriptors 0, 1 and 2 are always streams and never a file that is opened later, that
any text can be printed in any encoding, that a line is seen when it is printed, also by a program
behind a pipe, and that a stream which is full for a moment is waited for.
Called once, first of all, by every program of ours that people start.

Standard library only, and little of it: `status` loads this.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress
from typing import TextIO

ESCAPES = "backslashreplace"
"""What the encoding of a stream lacks is printed as an escape: unusual, but readable, and an output
with one odd name in it must not fail."""


def open_standard_streams() -> None:
    """Put the streams of this process in order; idempotent.

    A closed stdin becomes an empty one, a closed stderr takes everything and shows nothing.  A
    closed stdout refuses what is written to it, because its loss would matter.
    """
    for descriptor in range(3):
        _fill(descriptor)
    if sys.stdin is None:
        sys.stdin = os.fdopen(0, encoding="utf-8", errors="replace", closefd=False)
    if sys.stdout is None:
        sys.stdout = _writer(1, "utf-8")
    if sys.stderr is None:
        sys.stderr = _writer(2, "utf-8")
    sys.stdout = _prepared(sys.stdout, 1)
    sys.stderr = _prepared(sys.stderr, 2)


def abandon(descriptor: int) -> None:
    """Have what still waits for stdout or stderr vanish.

    Python would try once more to write it while it exits, complain, and change the exit code.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


class PatientFile(io.FileIO):
    """A descriptor that another process has made non-blocking; writing waits until there is room.

    Making it blocking again would change it for the processes that share it with us.
    """

    def write(self, data: object, /) -> int:
        """Write a part of `data`, as `io.RawIOBase.write` does, and return its length in bytes."""
        while (written := super().write(data)) is None:  # type: ignore[arg-type]
            import select  # seldom needed

            poller = select.poll()
            poller.register(self.fileno(), select.POLLOUT)
            poller.poll()
        return written


# Private


def _fill(descriptor: int) -> None:
    try:
        os.fstat(descriptor)
    except OSError as error:
        if error.errno != errno.EBADF:
            return  # it is there; what is wrong with it shows when it is used
        # For stdout one that cannot be written to.
        mode = os.O_WRONLY if descriptor == 2 else os.O_RDONLY
        opened = os.open(os.devnull, mode)
        if opened != descriptor:
            os.dup2(opened, descriptor)
            os.close(opened)
        os.set_inheritable(descriptor, True)


def _prepared(stream: TextIO, descriptor: int) -> TextIO:
    # Another kind of stream is not ours, such as a test's.
    if isinstance(stream, io.TextIOWrapper):
        with suppress(OSError, ValueError):
            stream.reconfigure(errors=ESCAPES, line_buffering=True)
            if stream.fileno() == descriptor and not os.get_blocking(descriptor):
                return _writer(descriptor, stream.encoding)
    return stream


def _writer(descriptor: int, encoding: str) -> TextIO:
    raw = PatientFile(descriptor, "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=encoding,
        errors=ESCAPES,
        line_buffering=True,
    )
