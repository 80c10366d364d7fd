"""The error tree of everything that is reported to a person.

Owns the classes and the exit code that each one ends a command with.  Does not own
protocol errors between processes (in `shared.protocol`): those never reach a person raw.

    MeshvisorError            1  something failed; the message says what to do
    ├── UsageError            2  the caller asked for something that cannot be; the caller mends it
    │   ├── SettingsError     2  a settings file or variable is wrong; its author corrects it
    │   ├── UnknownError      2  the request names something unknown
    │   ├── ConflictError     2  what the caller wants to change has changed meanwhile
    │   └── ForbiddenError    2  the caller lacks a right for a part of it; one who has it does it
    ├── FullError             1  there is no room to write; the operator makes some
    ├── CrashError            1  a mistake of ours; the log has its traceback
    ├── MissingError          3  a needed service or file is missing; the operator provides it
    │   └── AskingError       3  a person at the terminal can give it at once
    └── NotRunningError       4  no supervisor runs on this home; the operator starts one
"""

from __future__ import annotations

from typing import ClassVar

from meshvisor.shared.wording import Worded


class MeshvisorError(Exception):
    """Something failed; the message is one sentence that ends with the next step.

    The message is for the operator: it may name addresses, files and shell commands.
    A room full of strangers reads `in_room` instead (`supervisor.room_words`).

    Args:
        message: the sentence.
        in_room: the same for a room; None: the message, if that may be said there.
    """

    exit_code: ClassVar[int] = 1

    room_sentence: ClassVar[str | None] = None
    """What a room reads where it may not read the message; None: that there is a reason."""

    worded: Worded | None = None
    """The message of a `Wording`, with its code and its fields; None: it has none."""

    def __init__(self, message: str = "", *, in_room: str | None = None) -> None:
        super().__init__(str(message))
        self.in_room = in_room
        if isinstance(message, Worded):
            self.worded = message


class UsageError(MeshvisorError):
    """The request itself is wrong: an unknown mesh, a bad argument, an impossible combination."""

    exit_code: ClassVar[int] = 2


class SettingsError(UsageError):
    """One or more settings are wrong; the message has a line for each, with file and line."""


class UnknownError(UsageError):
    """The request names something unknown, such as a job that never was."""


class ConflictError(UsageError):
    """What the request would change is not what the caller has seen, or is there already."""


class ForbiddenError(UsageError):
    """The caller may make the request, and not have done what is in it."""


class FullError(MeshvisorError):
    """There is no room to write: a disk, a quota or a limit of the size of files."""


class CrashError(MeshvisorError):
    """The supervisor could not carry out a request because of a mistake of its own."""


class MissingError(MeshvisorError):
    """A needed service, file or program is missing."""

    exit_code: ClassVar[int] = 3


class AskingError(MissingError):
    """Something is missing that a person at a terminal can give at once.

    Attributes:
        before: what is said first.
        ask: `module:function` that asks for it, given the command's `Invocation`.
    """

    def __init__(self, message: str, *, before: str = "", ask: str = "") -> None:
        super().__init__(message)
        self.before = before
        self.ask = ask


class NotRunningError(MeshvisorError):
    """No supervisor answers on this home."""

    exit_code: ClassVar[int] = 4
