"""How a child process ended, and the exit codes that children end with on purpose.

Named exit codes stop crash loops from being mysteries: each has one meaning, and the
supervisor's restart policy and its reports read the same table.
"""

from __future__ import annotations

import enum
import os
import signal
from typing import Final

import msgspec

from meshvisor.shared.wording import Wording

WORKER: Final = Wording("exits.worker", "the worker")
RUNNER: Final = Wording("exits.runner", "its runner")
_DONE: Final = Wording("exits.done", "{who} ended by itself")
_CRASHED: Final = Wording(
    "exits.crashed", "{who} crashed with an unhandled error (its log has the traceback)"
)
_PROTOCOL: Final = Wording("exits.protocol", "{who} did not understand the supervisor")
_OUT_OF_MEMORY: Final = Wording("exits.memory_limit", "{who} reached its memory limit")
_ORPHANED: Final = Wording("exits.orphaned", "{who} lost its supervisor")
_STUCK: Final = Wording("exits.stuck", "{who} could not stop a job in any other way")
_KILLED: Final = Wording("exits.killed", "{who} was killed by {signal}")
_KILLED_FOR_MEMORY: Final = Wording(
    "exits.killed_for_memory",
    "{who} was killed by the kernel because the machine ran out of memory",
)
_UNKNOWN: Final = Wording("exits.unknown", "{who} ended in an unknown way")
_CODE: Final = Wording("exits.code", "{who} exited with code {code}")


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
    ChildExit.DONE: _DONE,
    ChildExit.CRASHED: _CRASHED,
    ChildExit.PROTOCOL: _PROTOCOL,
    ChildExit.OUT_OF_MEMORY: _OUT_OF_MEMORY,
    ChildExit.ORPHANED: _ORPHANED,
    ChildExit.STUCK: _STUCK,
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
        return self.of("").lstrip()

    def of(self, who: str) -> str:
        """Return it as a sentence about a process, without its full stop."""
        if self.out_of_memory:
            return _KILLED_FOR_MEMORY(who=who)
        if self.signal is not None:
            return _KILLED(who=who, signal=_signal_name(self.signal))
        if self.code is None:
            return _UNKNOWN(who=who)
        try:
            return _SENTENCES[ChildExit(self.code)](who=who)
        except ValueError:
            return _CODE(who=who, code=self.code)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
