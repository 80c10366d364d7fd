"""The playground as a child of `meshvisor run --playground`: started, awaited, kept.

Owns the process only; what it serves is the package `playground`, of which the supervisor knows
nothing but its command line.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from shared.errors import MissingError
from shared.settings.model import PlaygroundSettings
from supervisor.process import OwnedProcess
from supervisor.spawn import spawn

log = logging.getLogger(__name__)

READY_DEADLINE: Final = 20.0
"""Seconds that it has to begin to listen."""

RESTART_PAUSE: Final = 1.0
"""Seconds before it is started again after it ended by itself."""

STOP_DEADLINE: Final = 3.0
"""Seconds between SIGTERM and SIGKILL."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a playground listens."""

    url: str
    """Base of its REST API."""
    server: str
    """Its WebSocket address."""


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
        self._port = settings.port

    async def start(self) -> Addresses:
        """Start it and return where it listens.

        Raises:
            MissingError: it does not come up; its own words are in the log.
        """
        read_end, write_end = os.pipe2(os.O_CLOEXEC)
        try:
            self._process = self._exec(write_end)
        finally:
            os.close(write_end)
        line = await _first_line(read_end)
        try:
            fields = json.loads(line)
            addresses = Addresses(url=fields["url"], server=fields["server"])
        except (ValueError, KeyError, TypeError):
            # One that never says that it listens would else be kept for ever.
            self._process.signal(signal.SIGKILL)
            raise MissingError(
                f"the playground does not come up on {self._settings.host}:{self._port}; the log "
                "lines of [playground] say why"
            ) from None
        # A free port that was found once is kept, so that workers find it again.
        self._port = int(addresses.server.rpartition(":")[2])
        return addresses

    async def keep(self) -> None:
        """Start it again whenever it ends, for ever."""
        while True:
            assert self._process is not None
            cause = await asyncio.shield(self._process.exited)
            log.error(
                "the playground %s; it is started again", cause, extra={"event": "playground.exit"}
            )
            await asyncio.sleep(RESTART_PAUSE)
            with contextlib.suppress(MissingError):
                await self.start()

    async def stop(self) -> None:
        """End it; idempotent."""
        if self._process is not None:
            await self._process.stop(STOP_DEADLINE)

    def _exec(self, ready: int) -> OwnedProcess:
        settings = self._settings
        output_read, output_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        command = [
            sys.executable,
            "-P",
            "-m",
            "playground",
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
        try:
            with open(os.devnull, "rb") as nothing:
                passed = {0: nothing.fileno(), 1: output_write, 2: output_write, 3: ready}
                process = OwnedProcess(spawn(command, passed))
        finally:
            os.close(output_write)
        self._attach_log("playground", output_read)
        return process


async def _first_line(read_end: int) -> bytes:
    """Return the first line from a pipe; empty when its other end closes or time runs out."""
    reader = asyncio.StreamReader()
    with os.fdopen(read_end, "rb") as pipe:
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
