"""Children that are programs: executed by their command line, without a channel or a heartbeat.

Owns executing one, where its output goes, and waiting until it says that it is up.  Does not own
what it says then, nor the rest of its life (`keeper`).
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import BinaryIO, Final

from meshvisor.supervisor.children.keeper import Callbacks, Keeper
from meshvisor.supervisor.children.life import Life
from meshvisor.supervisor.children.spawner import SpawnError
from meshvisor.supervisor.process import OwnedProcess
from meshvisor.supervisor.spawn import spawn

READY: Final = 3
"""The descriptor on which a program says in one line that it is up."""


@dataclass(frozen=True, slots=True)
class Command:
    """The parameters of starting a program."""

    argv: tuple[str, ...]
    """The program, which must be a path, and its arguments."""
    ready_within: float
    """Seconds within which it has to report that it is up."""


class Program(Life):
    """A program that runs.

    Args:
        name: what it is called in the log.
        process: its process.
        started_at: monotonic seconds.
        ready: the read end of the pipe on which it says that it is up; closed with this life.
        ready_within: seconds that it has for that.
    """

    def __init__(
        self,
        name: str,
        process: OwnedProcess,
        started_at: float,
        ready: BinaryIO,
        ready_within: float,
    ) -> None:
        super().__init__(name, process, started_at)
        self.first_line = b""
        """The line by which it has reported that it is up."""
        self._ready = ready
        self._ready_within = ready_within

    async def open(self) -> None:
        """Return when it is up.

        Raises:
            SpawnError: it has ended, or its time is over.
        """
        self.first_line = await _first_line(self._ready, self._ready_within)
        if not self.first_line:
            raise SpawnError("it does not say that it is up")

    def close(self) -> None:
        """Release what belongs to a life that has ended."""
        super().close()
        self._ready.close()


class ProgramKeeper(Keeper[Program, Command]):
    """Keeps programs; make it inside a running event loop.

    Args:
        noun: what one is called.
        culprit: who is to blame when one crashes, such as "the playground".
        attach_log: given a name and the read end of a pipe with its output.
        callbacks: how the owner is notified.
    """

    def __init__(
        self,
        noun: str,
        culprit: str,
        attach_log: Callable[[str, int], None],
        callbacks: Callbacks[Program, Command],
    ) -> None:
        super().__init__(noun, culprit, callbacks)
        self._attach_log = attach_log

    async def bear(self, name: str, what: Command) -> Program:
        """Execute one.

        Raises:
            OSError: the machine has no process or descriptor for it.
        """
        process, ready, output = _execute(what.argv)
        self._attach_log(name, output)
        started_at = asyncio.get_running_loop().time()
        return Program(name, process, started_at, ready, what.ready_within)

    async def open(self, life: Program) -> None:
        """Wait until it is up."""
        await life.open()


def _execute(argv: tuple[str, ...]) -> tuple[OwnedProcess, BinaryIO, int]:
    """Return a program, and what to read of it: whether it is up, and its output."""
    with ExitStack() as ours, ExitStack() as theirs:
        ready_read, ready_write = os.pipe2(os.O_CLOEXEC)
        ready = ours.enter_context(os.fdopen(ready_read, "rb"))
        theirs.callback(os.close, ready_write)
        output_read, output_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        ours.callback(os.close, output_read)
        theirs.callback(os.close, output_write)
        nothing = theirs.enter_context(open(os.devnull, "rb"))
        passed = {0: nothing.fileno(), 1: output_write, 2: output_write, READY: ready_write}
        process = _own(spawn(list(argv), passed))
        ours.pop_all()
    return process, ready, output_read


def _own(pid: int) -> OwnedProcess:
    try:
        return OwnedProcess(pid)
    except OSError:
        # Its end could not be watched; it is reaped as an orphan.
        os.kill(pid, signal.SIGKILL)
        raise


async def _first_line(pipe: BinaryIO, within: float) -> bytes:
    """Return the first line from a pipe; empty when its other end closes or time runs out."""
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    try:
        async with asyncio.timeout(within):
            return await reader.readline()
    except TimeoutError:
        return b""
    finally:
        transport.close()
