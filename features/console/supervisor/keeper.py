"""The console as a child of the supervisor: started when everything else is, and kept.

Owns that there is one, and when it is started again; its life is kept as that of every child
(`children.keeper`).  What it serves is the package `console`, of which the supervisor knows nothing
but its command line.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from meshvisor.shared.system_errors import explain
from meshvisor.supervisor.children.keeper import SUPERVISOR_STOPS, Callbacks, End
from meshvisor.supervisor.children.programs import READY, Command, Program, ProgramKeeper
from meshvisor.supervisor.children.restart_policy import STABLE_AFTER, pause

log = logging.getLogger(__name__)

NAME: Final = "console"

READY_DEADLINE: Final = 60.0
"""Seconds that it has to begin to listen, on however busy a machine."""

FIRST_PAUSE: Final = 1.0
"""Seconds before it is started again after its first end; doubled with each in a row."""

LONGEST_PAUSE: Final = 60.0

STOP_DEADLINE: Final = 3.0
"""Seconds between SIGTERM and SIGKILL."""


class ConsoleKeeper:
    """Keeps a console running.

    Args:
        options: what it is started with (`console.options`).
        attach_log: given a name and the read end of a pipe with its output.
        opened: called when it listens, with its address.
    """

    def __init__(
        self,
        options: Mapping[str, Any],
        attach_log: Callable[[str, int], None],
        opened: Callable[[str], Awaitable[None]],
    ) -> None:
        self._options = dict(options)
        self._tell = opened
        self._keeper = ProgramKeeper(
            NAME,
            "the console",
            attach_log,
            Callbacks(self._began, self._opened, self._not_started, self._ended),
        )
        self._failures = 0
        """Ends in a row, without a stable minute between them."""
        self._telling: asyncio.Task[None] | None = None
        self.process: Program | None = None
        """The one that runs, or is about to."""
        self.url: str | None = None
        """Where it listens; None: it does not."""
        self.problem: str | None = None
        """Why it does not run, in one sentence; None: it does, or is about to."""

    async def keep(self) -> None:
        """Start it, and start it again whenever it ends, for ever; cancelled, it is told to end."""
        try:
            while True:
                if not self._keeper.has(NAME):
                    self._keeper.start(NAME, Command(self._command(), READY_DEADLINE))
                while self._keeper.has(NAME):
                    await self._keeper.change(NAME)
                await asyncio.sleep(pause(max(1, self._failures), FIRST_PAUSE, LONGEST_PAUSE))
        finally:
            # Not awaited here: `stop` waits for it.
            for process in self._keeper.lives:
                process.stop(SUPERVISOR_STOPS, STOP_DEADLINE)
            if self._keeper.is_starting(NAME):
                self._keeper.give_up(NAME, SUPERVISOR_STOPS)

    async def stop(self, force: asyncio.Event) -> None:
        """End it; idempotent.

        Args:
            force: once set, the polite part is skipped.
        """
        await self._keeper.close(STOP_DEADLINE, force)
        if self._telling is not None:
            self._telling.cancel()

    # Private

    def _began(self, process: Program) -> None:
        self.process = process

    def _opened(self, process: Program, _command: Command, _is_outdated: bool) -> None:
        url = _url(process.first_line)
        if url is None:
            process.kill("the console does not say where it listens")
            return
        self.url, self.problem = url, None
        # A free port that was found once is kept, so that pages which are open find it again.
        self._options["ports"] = [int(url.rpartition(":")[2])]
        log.info("the console listens on %s", url, extra={"event": "console.listening"})
        self._telling = asyncio.create_task(self._told(url), name="tell of the console")

    async def _told(self, url: str) -> None:
        try:
            await self._tell(url)
        except Exception:
            log.exception("the console's link cannot be made", extra={"event": "console.no_link"})

    def _not_started(self, _name: str, error: Exception) -> None:
        if str(error) == SUPERVISOR_STOPS:
            return
        self._failures += 1
        self._report(f"the console cannot be started: {explain(error) or error}")

    def _ended(self, end: End[Program]) -> None:
        lived = asyncio.get_running_loop().time() - end.life.started_at
        was_up = self.url is not None
        self.process = self.url = None
        if end.was_requested:
            return
        self._failures = 1 if was_up and lived >= STABLE_AFTER else self._failures + 1
        why = end.why if was_up else "it does not come up; the log lines of [console] say why"
        self._report(f"the console is started again: {why}")

    def _report(self, problem: str) -> None:
        log.error("%s", problem, extra={"event": "console.ended"})
        self.problem = problem

    def _command(self) -> tuple[str, ...]:
        return (
            sys.executable,
            "-P",
            "-m",
            "meshvisor.console",
            "--options",
            json.dumps(self._options),
            "--ready-fd",
            str(READY),
            # It has no channel whose end would tell it that the supervisor was killed.
            "--with-parent",
            str(os.getpid()),
        )


def _url(line: bytes) -> str | None:
    """Return where a console listens, from its first line; None: it does not say."""
    try:
        return str(json.loads(line)["url"])
    except (ValueError, KeyError, TypeError):
        return None
