"""A pool of forked processes that survives the death of any of them.

Owns the processes, their pipes, and what follows when one dies: its task is done again by another.
Does not own the tasks.

Each process has a pipe of its own for tasks, results and log records.  With a queue that all share,
one that is killed while it holds the queue's lock would stop all others (docs/decisions/0047).
"""

from __future__ import annotations

import ctypes
import logging
import logging.handlers
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import connection
from multiprocessing.context import ForkProcess
from types import TracebackType
from typing import Any, Final, Generic, Self, TypeVar

from meshvisor.shared.errors import MeshvisorError

log = logging.getLogger(__name__)

MOST_DEATHS: Final = 3
"""Of processes that had the same task: then the task kills them, for instance by its memory."""

_PR_SET_PDEATHSIG: Final = 1

_FORK: Final = multiprocessing.get_context("fork")

T = TypeVar("T")
R = TypeVar("R")


class ForkPool(Generic[T, R]):
    """Some processes that do tasks; a context manager that ends them.

    Args:
        work: does a task, in a process of the pool.
        size: number of processes.
    """

    def __init__(self, work: Callable[[T], R], size: int) -> None:
        self._work = work
        self._members = [_Member(work) for _ in range(size)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for member in self._members:
            member.end()

    @property
    def pids(self) -> list[int]:
        """Of the processes there are at the moment."""
        return [member.pid for member in self._members]

    def run(self, tasks: Sequence[T]) -> Iterator[R]:
        """Yield what becomes of the tasks, in the order in which they are done.

        Raises:
            MeshvisorError: a task has failed, or has killed processes again and again.
        """
        waiting, deaths = deque(enumerate(tasks)), [0] * len(tasks)
        left = len(tasks)
        while left:
            for member in self._members:
                if member.task is None and waiting:
                    member.give(*waiting.popleft())
            for member in self._spoken():
                try:
                    said, value = member.pipe.recv()
                except (EOFError, OSError):
                    self._replace(member, waiting, deaths)
                    continue
                if said == "log":
                    logging.getLogger(value.name).handle(value)
                elif said == "failed":
                    raise MeshvisorError(value)
                else:
                    member.task = None
                    left -= 1
                    yield value

    # Private

    def _spoken(self) -> list[_Member[T, R]]:
        """Wait, and return those who have said something or have died."""
        by_pipe: dict[Any, _Member[T, R]] = {member.pipe: member for member in self._members}
        return [by_pipe[pipe] for pipe in connection.wait(list(by_pipe))]

    def _replace(
        self, member: _Member[T, R], waiting: deque[tuple[int, T]], deaths: list[int]
    ) -> None:
        member.end()
        self._members.remove(member)
        if member.task is not None:
            number, task = member.task
            deaths[number] += 1
            if deaths[number] >= MOST_DEATHS:
                raise MeshvisorError(
                    f"{MOST_DEATHS} processes have died of the same part ({member.exit_text}); "
                    "there may be too little memory: try fewer --workers"
                )
            waiting.appendleft((number, task))
        log.warning("process %d of the pool has died (%s)", member.pid, member.exit_text)
        self._members.append(_Member(self._work))


class _Member(Generic[T, R]):
    """One process."""

    def __init__(self, work: Callable[[T], R]) -> None:
        self.pipe, theirs = _FORK.Pipe()
        self.task: tuple[int, T] | None = None
        self.exit_text = ""
        self._process: ForkProcess = _FORK.Process(
            target=_live, args=(work, theirs, self.pipe, os.getpid()), daemon=True
        )
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int:
        """Of the process."""
        assert self._process.pid is not None
        return self._process.pid

    def give(self, number: int, task: T) -> None:
        """Have it do a task; that it has died is seen when it does not answer."""
        self.task = (number, task)
        try:
            self.pipe.send(task)
        except OSError:
            return

    def end(self) -> None:
        """Kill it: it has nothing that could be lost."""
        self._process.kill()
        self._process.join()
        self.exit_text = f"exit code {self._process.exitcode}"
        self.pipe.close()


class _Sender(logging.handlers.QueueHandler):
    """Hands log records to the parent."""

    def enqueue(self, record: logging.LogRecord) -> None:
        """Send one."""
        pipe: Any = self.queue
        pipe.send(("log", record))


def _log_to(handler: logging.Handler) -> None:
    """Have one handler in place of all that the fork has brought along, whichever logger has them.

    What these write to is the parent's, which writes there as well.
    """
    root = logging.getLogger()
    for logger in root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.handlers, logger.propagate = [], True
    root.handlers = [handler]


def _live(work: Callable[[Any], Any], pipe: Any, parents: Any, parent: int) -> None:
    """Do tasks, in the child, until the parent is gone."""
    parents.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        return
    _log_to(_Sender(pipe))
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(("done", work(task)))
        except MeshvisorError as error:
            pipe.send(("failed", str(error)))
        except Exception as error:  # noqa: BLE001 - the parent says it
            pipe.send(("failed", f"{type(error).__name__}: {error}"))
