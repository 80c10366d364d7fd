"""How a child process ended, and the exit codes that children end with on purpose.

Named exit codes stop crash loops from being mysteries: each has one meaning, and the
supervisor's restart policy and its reports read the same table.
"""

from __future__ import annotations

import enum
import os
import signal

import msgspec


class ChildExit(enum.IntEnum):
    """Exit codes of worker and runner processes."""

    DONE = 0
    """Stopped because it was asked to, or because it left its room."""
    CRASHED = 70
    """An unhandled error reached the top of the process."""
    PROTOCOL = 71
    """The supervisor sent something that this child cannot understand."""
    OUT_OF_MEMORY = 72
    """The memory limit of the worker was reached."""
    ORPHANED = 73
    """The supervisor is gone."""
    STUCK = 74
    """A job's code could not be stopped in any other way."""


_SENTENCES = {
    ChildExit.DONE: "ended by itself",
    ChildExit.CRASHED: "crashed with an unhandled error (its log has the traceback)",
    ChildExit.PROTOCOL: "did not understand the supervisor",
    ChildExit.OUT_OF_MEMORY: "reached its memory limit",
    ChildExit.ORPHANED: "lost its supervisor",
    ChildExit.STUCK: "could not stop a job in any other way",
}


class ExitCause(msgspec.Struct, frozen=True):
    """Why a process is gone.

    Exactly one of `code` and `signal` is set, or neither when the status was lost because the
    zygote died at the same moment.
    """

    code: int | None = None
    signal: int | None = None
    out_of_memory: bool = False
    """The kernel's out-of-memory killer did it (known where the kernel counts its kills)."""

    @classmethod
    def from_wait_status(cls, status: int, *, out_of_memory: bool = False) -> ExitCause:
        """Read a status as `os.waitpid` returns it."""
        if os.WIFSIGNALED(status):
            return cls(signal=os.WTERMSIG(status), out_of_memory=out_of_memory)
        return cls(code=os.WEXITSTATUS(status))

    def __str__(self) -> str:
        """Say it in a few words that fit behind 'the worker'."""
        if self.out_of_memory:
            return "was killed by the kernel because the machine ran out of memory"
        if self.signal is not None:
            return f"was killed by {_signal_name(self.signal)}"
        if self.code is None:
            return "ended in an unknown way"
        try:
            return _SENTENCES[ChildExit(self.code)]
        except ValueError:
            return f"exited with code {self.code}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
