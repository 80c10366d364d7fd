"""The status file of a background command: JSON that people and programs may read at any time.

It is replaced as a whole (`shared.files`), so that no reader sees half of it.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Final

from meshvisor.features.background.identity import Identity
from meshvisor.features.background.names import Files
from meshvisor.features.background.opening import open_own, read_own
from meshvisor.shared.files import write_atomically

MOST_BYTES: Final = 1024 * 1024
"""Of a status file; one that is longer was not written by us."""


class State(StrEnum):
    """What has become of a command."""

    RUNNING = "running"
    COMPLETED = "completed"
    """It ended with exit code 0."""
    FAILED = "failed"
    """It ended with another one."""
    CANCELLED = "cancelled"
    """It was asked to end."""
    CRASHED = "crashed"
    """A signal that did not come from us ended it or its keeper."""


OUTCOMES: Final = {
    State.RUNNING: "runs",
    State.COMPLETED: "has completed",
    State.FAILED: "has failed",
    State.CANCELLED: "was cancelled",
    State.CRASHED: "has crashed",
}
"""Each in a sentence about a command."""


@dataclass(kw_only=True)
class Status:
    """The content of the file; times are seconds since 1970."""

    pid: int
    """Of the keeper: a SIGTERM to it cancels the command."""
    start_time: float
    status: State = State.RUNNING
    command: str
    """As a shell would take it."""
    progress: float | None = None
    """Percent; None: it has not said."""
    current_task: str | None = None
    last_update: float
    exit_code: int | None = None
    end_time: float | None = None
    error: str | None = None
    """Why it did not complete, in a sentence."""
    directory: str = ""
    """Where it was started."""
    command_pid: int | None = None
    """Of the command itself, the leader of its process group."""
    runtime: float | None = None
    """Seconds, when it has ended; no clock that is set changes them."""
    process_start: int = 0
    """Ticks of the machine at which the keeper began (`identity`)."""
    boot_id: str = ""
    log_file: int | None = None
    """Inode of the part of the log in which this run begins; None: all parts are of this run, or
    that is not known."""
    log_offset: int = 0
    """Bytes that are before it in that part."""

    @property
    def identity(self) -> Identity:
        """Which process the keeper is."""
        return Identity(self.pid, self.process_start, self.boot_id)


def read_status(files: Files) -> Status | None:
    """Return the content of a status file; None: there is none, or nothing that makes sense.

    Raises:
        OSError: it cannot be read.
    """
    text = read_own(files.status, MOST_BYTES)
    if text is None:
        return None
    try:
        return _checked(json.loads(text))
    except (ValueError, TypeError, RecursionError):
        return None


def write_status(files: Files, status: Status) -> None:
    """Replace a status file.

    Raises:
        OSError: it cannot be written; the old one is untouched.
    """
    write_atomically(files.status, _encode(status))


def overwrite_status(files: Files, status: Status) -> None:
    """Write into the status file that is there: the last resort of a disk without room for another.

    A reader may see half of it.

    Raises:
        OSError: that cannot be done either.
    """
    descriptor = open_own(files.status, os.O_WRONLY)
    try:
        os.ftruncate(descriptor, os.pwrite(descriptor, _encode(status), 0))
    finally:
        os.close(descriptor)


# Private

_TYPES: Final = {
    "int": (int,),
    "float": (int, float),
    "str": (str,),
    "State": (str,),
    "None": (type(None),),
}
"""What JSON has for the types of the fields.  A library that checks takes longer to load than a
status to be read and shown."""


def _encode(status: Status) -> bytes:
    return json.dumps(asdict(status)).encode() + b"\n"


def _checked(content: Any) -> Status:
    """Return what a file says; keys that a newer version has written are left out.

    Raises:
        ValueError: a key is missing or no status.
        TypeError: it is something else.
    """
    if not isinstance(content, dict):
        raise TypeError
    known: dict[str, Any] = {}
    for field in fields(Status):
        if field.name in content:
            value = content[field.name]
            allowed = [one for name in str(field.type).split(" | ") for one in _TYPES[name]]
            if type(value) not in allowed:
                raise TypeError(field.name)
            known[field.name] = value
    return Status(**{**known, "status": State(known.get("status", State.RUNNING))})
