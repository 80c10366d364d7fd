"""What program is started, where and with which variables, and how it is tied to us.

Owns why one cannot be started, in words.  Called by `process`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from meshvisor.shared import lifeline, strays

LONGEST_NAME: Final = 60
"""Characters of a command in a sentence."""


class StartError(Exception):
    """The program cannot be started; the message is one sentence without a stop."""


@dataclass(frozen=True, slots=True)
class Command:
    """What is started."""

    words: Sequence[str]
    folder: str = ""
    """Below the folder of the worker, the home, unless absolute."""
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The program's name in sentences."""
        name = " ".join((os.path.basename(self.words[0]), *self.words[1:]))
        return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


class Started(NamedTuple):
    """A program that was started."""

    process: subprocess.Popen[bytes]
    lifeline: int
    """A descriptor: when it closes, the kernel kills the process group of the program."""


def start(command: Command) -> Started:
    """Start it in a process group of its own, with a pipe for each of its three streams.

    Raises:
        StartError: it cannot be.
    """
    environment = {name: value for name, value in os.environ.items() if not _is_ours(name)}
    # Else the first that people see of a program in Python is nothing.
    environment["PYTHONUNBUFFERED"] = "1"
    environment.update(command.environment)
    folder = command.folder or None
    if folder is not None and not os.path.isdir(folder):
        raise StartError(f"the folder {folder} of {command.name} does not exist")
    try:
        read_end, write_end = lifeline.create()
    except OSError as error:
        raise StartError(_why(command, error)) from error
    try:
        process = subprocess.Popen(
            list(command.words),
            bufsize=0,
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(read_end,),
            # Signals that it sends to its group (`kill 0`, which shells do at their end) are not
            # for the worker.
            process_group=0,
        )
    except OSError as error:
        os.close(write_end)
        raise StartError(_why(command, error)) from error
    else:
        strays.mark_program(process.pid)
        # One that cannot be tied is still found by its mark.
        with contextlib.suppress(OSError):
            lifeline.tie(read_end, process.pid)
        return Started(process, write_end)
    finally:
        os.close(read_end)


# Private


def _is_ours(name: str) -> bool:
    # Settings of the supervisor, which may be secrets such as the address of a database.
    return name.startswith("MESHVISOR")


def _why(command: Command, error: OSError) -> str:
    program = command.words[0]
    match error.errno:
        case errno.ENOENT:
            return f"the program {program} cannot be found"
        case errno.EACCES:
            return f"the program {program} is not executable"
        case errno.ENOEXEC:
            return f"the program {program} is no program: it may lack a first line like #!/bin/sh"
        case _:
            return f"the program {program} cannot be started: {os.strerror(error.errno or 0)}"
