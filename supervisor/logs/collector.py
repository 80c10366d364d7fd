"""All logs of one supervisor come together here (docs/logging.md).

    pipes of the children ─ intake ─┐                ┌─ store: the newest, in memory
    the supervisor's own `logging` ─┴─ LogCollector ─┼─ files: a thread writes and rotates
                                                     ├─ subscribers: `meshvisor logs --follow`
                                                     └─ the terminal of `meshvisor run`

Owns where a record goes.  Made by the service, which hands its parts `attach`; the request `logs`
of the control socket asks it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from meshvisor.shared.clock import Clock
from meshvisor.shared.control.results import LogLine
from meshvisor.shared.logs.current import MESH
from meshvisor.shared.logs.line import (
    SUPERVISOR,
    Record,
    as_event,
    for_terminal,
    mesh_source,
    render,
    sources_named,
)
from meshvisor.shared.settings.kernel import LogSettings
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.logs.cutter import RawLine
from meshvisor.supervisor.logs.files import FileLimits, LogFiles
from meshvisor.supervisor.logs.intake import LogIntake
from meshvisor.supervisor.logs.own import LoopHandler, logging_to
from meshvisor.supervisor.logs.records import from_line, from_logging
from meshvisor.supervisor.logs.store import LogStore

CLOSE_TIMEOUT: Final = 2.0
"""Seconds that the disk has at the end; a supervisor that cannot end is worse than lost lines."""

Receiver = Callable[[LogLine], None]


class LogCollector:
    """Collects, keeps, files and passes on what is logged.

    Make it inside a running event loop; everything but `logging` itself belongs to its thread.
    From then on until `close`, it gets all `logging` records of this process.

    Args:
        folder: of the log files.
        settings: levels and limits.
        clock: for records that do not say when.
        show: called with each record as text for people, as long as a client watches; it must
            not block and must not raise.
        check: raises `OSError` when nothing may be written to the folder at present.
    """

    def __init__(
        self,
        folder: Path,
        settings: LogSettings,
        clock: Clock,
        show: Callable[[str], None] | None = None,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._clock = clock
        self._show = show
        self._store = LogStore(settings.lines_in_memory)
        self._receivers: list[Receiver] = []
        self._intake = LogIntake(self._on_line)
        self._undo = ExitStack()
        self._undo.enter_context(logging_to(LoopHandler(self._on_own), settings.level))
        self._files = LogFiles(folder, FileLimits.of(settings), self._missing, check)

    def attach(self, name: str, descriptor: int, ended: asyncio.Future[Any] | None = None) -> None:
        """Read the log pipe of one of the supervisor's helpers until it ends.

        Args:
            name: `zygote` or `playground`.
            descriptor: read end of the pipe; the collector owns it from now on.
            ended: done when the helper is dead; None: that is seen by the pipe alone.
        """
        self._intake.add(name, descriptor, ended)

    def attach_mesh(
        self, mesh_id: str, descriptor: int, ended: asyncio.Future[Any] | None = None
    ) -> None:
        """Read the log pipe of a mesh's worker until it ends; the descriptor is then closed."""
        self._intake.add(mesh_source(mesh_id), descriptor, ended)

    def tail(self, name: str | None, lines: int) -> Sequence[LogLine]:
        """Return up to `lines` of the newest records of a mesh, a lane or a helper, oldest first.

        None: those of all.
        """
        sources = (None,) if name is None else sources_named(name)
        records = [record for source in sources for record in self._store.tail(source, lines)]
        return [_line(record) for record in records[-lines:]]

    def subscribe(self, receive: Receiver) -> Callable[[], None]:
        """Call `receive` for each new record until the returned function is called.

        It must not block and must not raise; bounding what piles up is its business.
        """
        self._receivers.append(receive)

        def unsubscribe() -> None:
            if receive in self._receivers:
                self._receivers.remove(receive)

        return unsubscribe

    def configure(self, settings: Settings) -> None:
        """Take over the level of new settings; the limits of files stay as they were."""
        logging.getLogger().setLevel(settings.of(LogSettings).level.upper())

    @property
    def problem(self) -> str | None:
        """Why log files cannot be written at present, in one sentence; None: they can."""
        return self._files.problem

    def close(self) -> None:
        """Take in and write what is still on its way; waits for the disk, but not for long."""
        self._intake.close()
        self._undo.close()
        self._files.close(CLOSE_TIMEOUT)

    # ---- Private -----------------------------------------------------------------------------

    def _on_line(self, source: str, line: RawLine) -> None:
        record = from_line(source, line, self._clock.wall())
        # Escape sequences alone make a line without any text.
        if record.text:
            self._add(record, {source})

    def _on_own(self, logged: logging.LogRecord) -> None:
        record = from_logging(logged, MESH.get())
        if record.source != SUPERVISOR:
            self._intake.catch_up(record.source)
        # What is said about a mesh belongs to its story, and to the supervisor's: in the mesh's
        # own file a flood may soon have rotated it away.
        self._add(record, {record.source, SUPERVISOR})

    def _add(self, record: Record, files: Collection[str]) -> None:
        self._store.add(record)
        text = render(record)
        for name in files:
            self._files.put(name, text)
        if self._show is not None:
            self._show(for_terminal(record))
        if self._receivers:
            line = _line(record)
            for receive in list(self._receivers):
                receive(line)

    def _missing(self, source: str, count: int) -> str:
        text = f"{count} records are missing here: the disk did not take them"
        return render(Record(self._clock.wall(), source, "warning", text, "logs.missing"))


def _line(record: Record) -> LogLine:
    return LogLine.model_construct(**as_event(record))
