"""The playground as a child of `meshvisor run --playground`: started, awaited, kept.

Owns the process only; what it serves is the package `playground`, of which the supervisor knows
nothing but its command line.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import BinaryIO, Final

from meshvisor.features.access.supervisor.identity import Addresses
from meshvisor.features.playground.settings import PlaygroundSettings
from meshvisor.shared.errors import MissingError
from meshvisor.shared.system_errors import explain
from meshvisor.supervisor.process import OwnedProcess
from meshvisor.supervisor.spawn import spawn

log = logging.getLogger(__name__)

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
        self._attach_log = attach_log
        self._process: OwnedProcess | None = None
        self._ended: OwnedProcess | None = None
        """The last one whose end was told."""
        self._port = settings.port
        self.problem: str | None = None
        """Why it does not run, in one sentence; None: it does, or is about to."""

    async def start(self) -> Addresses:
        """Start it and return where it listens.

        Raises:
            MissingError: it does not come up; its own words are in the log.
            OSError: the machine has no process or descriptor for it.
        """
        read_end, write_end = os.pipe2(os.O_CLOEXEC)
        with os.fdopen(read_end, "rb") as ready:
            try:
                self._process = self._exec(write_end)
            finally:
                os.close(write_end)
            try:
                addresses = _addresses(await _first_line(ready))
            except BaseException:
                # One that nobody hears would be kept for ever.
                self._process.signal(signal.SIGKILL)
                raise
        if addresses is None:
            self._process.signal(signal.SIGKILL)
            raise MissingError(
                f"the playground does not come up on {self._settings.host}:{self._port}; the log "
                "lines of [playground] say why"
            )
        # A free port that was found once is kept, so that workers find it again.
        self._port = int(addresses.server.rpartition(":")[2])
        self.problem = None
        return addresses

    async def keep(self) -> None:
        """Start it again whenever it ends, for ever."""
        while True:
            process = self._process
            if process is not None and process is not self._ended:
                cause = await asyncio.shield(process.exited)
                self._ended = process
                log.error(
                    "the playground %s; it is started again",
                    cause,
                    extra={"event": "playground.exit"},
                )
            await asyncio.sleep(RESTART_PAUSE)
            try:
                await self.start()
            except (MissingError, OSError) as error:
                self._report(f"the playground cannot be started: {explain(error)}")

    async def stop(self) -> None:
        """End it; idempotent."""
        if self._process is not None:
            await self._process.stop(STOP_DEADLINE)

    def _report(self, problem: str) -> None:
        if problem != self.problem:
            log.error("%s", problem, extra={"event": "playground.not_started"})
        self.problem = problem

    def _exec(self, ready: int) -> OwnedProcess:
        settings = self._settings
        command = [
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
            "3",
            # It has no channel whose end would tell it that the supervisor was killed.
            "--with-parent",
            str(os.getpid()),
        ]
        with ExitStack() as ours, ExitStack() as theirs:
            output_read, output_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
            ours.callback(os.close, output_read)
            theirs.callback(os.close, output_write)
            nothing = theirs.enter_context(open(os.devnull, "rb"))
            passed = {0: nothing.fileno(), 1: output_write, 2: output_write, 3: ready}
            process = _own(spawn(command, passed))
            ours.pop_all()
        self._attach_log("playground", output_read)
        return process


def _own(pid: int) -> OwnedProcess:
    try:
        return OwnedProcess(pid)
    except OSError:
        # Nobody would ever hear of its end; it is reaped as an orphan.
        os.kill(pid, signal.SIGKILL)
        raise


def _addresses(line: bytes) -> Addresses | None:
    """Return where a playground listens, from its first line; None: it does not."""
    try:
        fields = json.loads(line)
        return Addresses(url=fields["url"], server=fields["server"])
    except (ValueError, KeyError, TypeError):
        return None


async def _first_line(pipe: BinaryIO) -> bytes:
    """Return the first line from a pipe; empty when its other end closes or time runs out."""
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    try:
        async with asyncio.timeout(READY_DEADLINE):
            return await reader.readline()
    except TimeoutError:
        return b""
    finally:
        transport.close()
