"""The console as a child of the supervisor: started when everything else is.

Owns what it is started with, and where it listens.  Does not own when it is started
(`children.kept_program`).  What it serves is the package `console`, of which the supervisor knows
nothing but its command line.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

from meshvisor.features.console.supervisor.ports import remember
from meshvisor.features.console.wordings import NOT_STARTED, NOT_UP, STARTED_AGAIN
from meshvisor.supervisor.children.kept_program import KeptProgram, ProgramKind, Sentences
from meshvisor.supervisor.children.programs import Program

log = logging.getLogger(__name__)

KIND: Final = ProgramKind(
    name="console",
    title="the console",
    sentences=Sentences(NOT_STARTED, STARTED_AGAIN, NOT_UP),
    module="meshvisor.console",
    event="console.ended",
    first_pause=1.0,
    longest_pause=60.0,
)


class ConsoleKeeper:
    """Keeps a console running.

    Args:
        options: what it is started with (`console.options`).
        opened_port: where its port is written down (`ports`).
        attach_log: given a name and the read end of a pipe with its output.
        opened: called when it listens, with its address.

    Attributes:
        program: what is kept.
        url: where it listens; None: it does not.
    """

    def __init__(
        self,
        options: Mapping[str, Any],
        opened_port: Path,
        attach_log: Callable[[str, int], None],
        opened: Callable[[str], Awaitable[None]],
    ) -> None:
        self._options = dict(options)
        self._opened_port = opened_port
        self._notify = opened
        self._notifying: asyncio.Task[None] | None = None
        self.url: str | None = None
        self.program = KeptProgram(KIND, self._arguments, attach_log, self._opened, self._ended)

    async def stop(self, force: asyncio.Event) -> None:
        """End it; idempotent.

        Args:
            force: once set, the polite part is skipped.
        """
        await self.program.stop(force)
        if self._notifying is not None:
            self._notifying.cancel()

    # Private

    def _arguments(self) -> tuple[str, ...]:
        return "--options", json.dumps(self._options)

    def _opened(self, process: Program) -> str | None:
        url = _url(process.first_line)
        if url is None:
            return "the console does not say where it listens"
        self.url = url
        # A free port that was found once is kept, so that pages which are open find it again.
        port = int(url.rpartition(":")[2])
        self._options["ports"] = [port]
        remember(self._opened_port, port)
        log.info("the console listens on %s", url, extra={"event": "console.listening"})
        self._notifying = asyncio.create_task(self._announce(url), name="announce the console")
        return None

    async def _announce(self, url: str) -> None:
        try:
            await self._notify(url)
        except Exception:
            log.exception("the console's link cannot be made", extra={"event": "console.no_link"})

    def _ended(self) -> None:
        self.url = None


def _url(line: bytes) -> str | None:
    """Return where a console listens, from its first line; None: it does not say."""
    try:
        return str(json.loads(line)["url"])
    except (ValueError, KeyError, TypeError):
        return None
