"""The playground as a child of `meshvisor run --playground`: started, awaited, kept.

Owns that there is one; its life is kept as that of every child (`children.keeper`).  What it serves
is the package `playground`, of which the supervisor knows nothing but its command line.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import Callable
from typing import Final

from meshvisor.features.playground.settings import PlaygroundSettings
from meshvisor.features.playground.wordings import NOT_STARTED
from meshvisor.features.watch_party.supervisor.platform import Addresses
from meshvisor.shared.errors import MissingError
from meshvisor.shared.system_errors import explain
from meshvisor.supervisor.children.keeper import Callbacks, End
from meshvisor.supervisor.children.programs import READY, Command, Program, ProgramKeeper
from meshvisor.supervisor.children.spawner import SpawnError

log = logging.getLogger(__name__)

NAME: Final = "playground"

READY_DEADLINE: Final = 20.0
"""Seconds that it has to begin to listen."""

RESTART_PAUSE: Final = 1.0
"""Seconds before it is started again after it ended by itself."""

STOP_DEADLINE: Final = 3.0
"""Seconds between SIGTERM and SIGKILL."""


class PlaygroundKeeper:
    """Keeps a playground running.

    Args:
        settings: its address, rooms and residents.
        attach_log: given a name and the read end of a pipe with its output.
    """

    def __init__(
        self, settings: PlaygroundSettings, attach_log: Callable[[str, int], None]
    ) -> None:
        self._settings = settings
        self._port = settings.port
        self._keeper = ProgramKeeper(
            NAME,
            "the playground",
            attach_log,
            Callbacks(self._began, self._opened, self._not_started, self._ended),
        )
        self._listening: asyncio.Future[Addresses] | None = None
        """What the caller that has just started it awaits."""
        self.process: Program | None = None
        """The newest."""
        self.problem: str | None = None
        """Why it does not run, in one sentence; None: it does, or is about to."""

    async def start(self) -> Addresses:
        """Start it and return where it listens.

        Raises:
            MissingError: it does not come up; its own words are in the log.
            OSError: the machine has no process or descriptor for it.
        """
        self._listening = asyncio.get_running_loop().create_future()
        self._keeper.start(NAME, Command(self._command(), READY_DEADLINE))
        try:
            addresses = await self._listening
        except asyncio.CancelledError:
            self._keeper.give_up(NAME, "the caller has stopped waiting")
            while self._keeper.has(NAME):
                await self._keeper.change(NAME)
            raise
        finally:
            self._listening = None
        # A free port that was found once is kept, so that workers find it again.
        self._port = int(addresses.server.rpartition(":")[2])
        self.problem = None
        return addresses

    async def keep(self) -> None:
        """Start it again whenever it ends, for ever."""
        while True:
            while self._keeper.has(NAME):
                await self._keeper.change(NAME)
            await asyncio.sleep(RESTART_PAUSE)
            try:
                await self.start()
            except (MissingError, OSError) as error:
                self._report(NOT_STARTED.said(why=explain(error) or error))

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
        addresses = _addresses(process.first_line)
        if addresses is None:
            process.kill("the playground does not say where it listens")
        elif self._listening is not None and not self._listening.done():
            self._listening.set_result(addresses)

    def _not_started(self, _name: str, error: Exception) -> None:
        if self._listening is not None and not self._listening.done():
            is_ours = isinstance(error, SpawnError)
            self._listening.set_exception(MissingError(str(error)) if is_ours else error)

    def _ended(self, end: End[Program]) -> None:
        if self._listening is not None:
            if not self._listening.done():
                self._listening.set_exception(self._does_not_come_up())
        elif not end.was_requested:
            log.error("%s; it is started again", end.why, extra={"event": "playground.exit"})

    def _does_not_come_up(self) -> MissingError:
        return MissingError(
            f"the playground does not come up on {self._settings.host}:{self._port}; the log "
            "lines of [playground] say why"
        )

    def _report(self, problem: str) -> None:
        if problem != self.problem:
            log.error("%s", problem, extra={"event": "playground.not_started"})
        self.problem = problem

    def _command(self) -> tuple[str, ...]:
        settings = self._settings
        return (
            sys.executable,
            "-P",
            "-m",
            "meshvisor.playground",
            "--host",
            settings.host,
            "--port",
            str(self._port),
            "--rooms",
            str(settings.rooms),
            "--residents",
            str(settings.residents),
            "--ready-fd",
            str(READY),
            # It has no channel whose end would tell it that the supervisor was killed.
            "--with-parent",
            str(os.getpid()),
        )


def _addresses(line: bytes) -> Addresses | None:
    """Return where a playground listens, from its first line; None: it does not."""
    try:
        fields = json.loads(line)
        return Addresses(url=fields["url"], server=fields["server"])
    except (ValueError, KeyError, TypeError):
        return None
