"""One program of ours that runs as long as the supervisor does: started, and again when it ends.

Owns when it is started again, and what is wrong while it does not run.  Does not own its life
(`programs`, `keeper`), nor what it serves: a feature says what is executed, and hears when it is up
and when it has ended.  Called by features that have a process of their own, such as the console.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from meshvisor.shared.system_errors import explain
from meshvisor.shared.wording import Worded, Wording
from meshvisor.supervisor.children.keeper import SUPERVISOR_STOPS, Callbacks, End
from meshvisor.supervisor.children.programs import READY, Command, Program, ProgramKeeper
from meshvisor.supervisor.children.restart_policy import STABLE_AFTER, pause

log = logging.getLogger(__name__)

READY_DEADLINE: Final = 60.0
"""Seconds within which a program has to report that it is up, also on a busy machine."""

STOP_DEADLINE: Final = 3.0
"""Seconds between SIGTERM and SIGKILL."""


@dataclass(frozen=True, slots=True)
class Sentences:
    """What is said of one that does not run; `why` is filled in."""

    not_started: Wording
    """There is no process of it."""
    started_again: Wording
    """It has ended."""
    not_up: Wording
    """Why a program has ended that never reported that it is up."""


@dataclass(frozen=True, slots=True)
class ProgramKind:
    """What a kept program is called, and how patiently it is started again."""

    name: str
    """Of its lines in the log."""
    title: str
    """In the log, such as "the console"."""
    sentences: Sentences
    module: str
    """What Python executes."""
    event: str
    """Of the log, when it has ended or cannot be started."""
    first_pause: float
    """Seconds before it is started again after its first end; doubled with each in a row."""
    longest_pause: float
    """Seconds at most."""


class KeptProgram:
    """Keeps one program running; make it inside a running event loop.

    Args:
        kind: which.
        arguments: asked for its arguments before each start.
        attach_log: given a name and the read end of a pipe with its output.
        opened: called when it says that it is up; returns None, or why it is of no use, for which
            it is killed.
        ended: called when it has ended, whether it was up or not.
    """

    def __init__(
        self,
        kind: ProgramKind,
        arguments: Callable[[], Sequence[str]],
        attach_log: Callable[[str, int], None],
        opened: Callable[[Program], str | None],
        ended: Callable[[], None],
    ) -> None:
        self._kind = kind
        self._arguments = arguments
        self._notify_opened = opened
        self._notify_ended = ended
        self._keeper = ProgramKeeper(
            kind.name,
            kind.title,
            attach_log,
            Callbacks(self._began, self._opened, self._not_started, self._ended),
        )
        self._failures = 0
        """Ends in a row, without a stable minute between them."""
        self._is_up = False
        self.process: Program | None = None
        """The one that runs, or is about to."""
        self.problem: Worded | None = None
        """Why it does not run, in one sentence; None: it does, or is about to."""

    async def keep(self) -> None:
        """Start the program, and restart it whenever it ends; when cancelled, end it."""
        name, kind = self._kind.name, self._kind
        try:
            while True:
                if not self._keeper.has(name):
                    self._keeper.start(name, Command(self._command(), READY_DEADLINE))
                while self._keeper.has(name):
                    await self._keeper.change(name)
                failures = max(1, self._failures)
                await asyncio.sleep(pause(failures, kind.first_pause, kind.longest_pause))
        finally:
            # Not awaited here: `stop` waits for it.
            for process in self._keeper.lives:
                process.stop(SUPERVISOR_STOPS, STOP_DEADLINE)
            if self._keeper.is_starting(name):
                self._keeper.give_up(name, SUPERVISOR_STOPS)

    def kill(self, why: str) -> None:
        """Kill a program that does not answer; it is started again."""
        if self.process is not None:
            self.process.kill(why)

    async def stop(self, force: asyncio.Event) -> None:
        """End it; idempotent.

        Args:
            force: once set, the polite part is skipped.
        """
        await self._keeper.close(STOP_DEADLINE, force)

    # Private

    def _began(self, process: Program) -> None:
        self.process = process

    def _opened(self, process: Program, _command: Command, _is_outdated: bool) -> None:
        why = self._notify_opened(process)
        if why is not None:
            process.kill(why)
            return
        self._is_up, self.problem = True, None

    def _not_started(self, _name: str, error: Exception) -> None:
        if str(error) == SUPERVISOR_STOPS:
            return
        self._failures += 1
        self._report(self._kind.sentences.not_started.said(why=explain(error) or error))

    def _ended(self, end: End[Program]) -> None:
        lived = asyncio.get_running_loop().time() - end.life.started_at
        was_up, self._is_up, self.process = self._is_up, False, None
        self._notify_ended()
        if end.was_requested:
            return
        self._failures = 1 if was_up and lived >= STABLE_AFTER else self._failures + 1
        sentences = self._kind.sentences
        why = end.why if was_up else sentences.not_up()
        self._report(sentences.started_again.said(why=why))

    def _report(self, problem: Worded) -> None:
        log.error("%s", problem, extra={"event": self._kind.event})
        self.problem = problem

    def _command(self) -> tuple[str, ...]:
        return (
            sys.executable,
            "-P",
            "-m",
            self._kind.module,
            *self._arguments(),
            "--ready-fd",
            str(READY),
            # It has no channel whose end would tell it that the supervisor was killed.
            "--with-parent",
            str(os.getpid()),
        )
