"""`python -m meshvisor.features.workflows.engine`: started by the supervisor.

Says that it is up with one JSON line, `{"pid"}`, on the descriptor `--ready-fd`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any, Final

from meshvisor.shared import out_of_memory
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.parent import die_with_parent

log = logging.getLogger(__name__)

CANNOT_START: Final = 3
PARENT_GONE: Final = 1


class _Lines(logging.Formatter):
    """One record as one line of JSON, as those of workers."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = {
            "ts": record.created,
            "level": record.levelname.lower(),
            "msg": record.getMessage(),
            "event": getattr(record, "event", ""),
        }
        if record.exc_info and record.exc_info[1] is not None:
            fields["traceback"] = self.formatException(record.exc_info)
        return json.dumps(fields)


def main(arguments: list[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; return the exit code."""
    parser = argparse.ArgumentParser(prog="meshvisor workflows engine")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--keep-days", type=float, default=30.0)
    parser.add_argument("--since", type=int, default=0, metavar="SEQ")
    parser.add_argument("--ready-fd", type=int)
    parser.add_argument("--with-parent", type=int, metavar="PID")
    given = parser.parse_args(arguments)
    if given.with_parent and not die_with_parent(given.with_parent):
        return PARENT_GONE
    # It goes before any worker when memory runs out, and behind the console.
    out_of_memory.adjust(out_of_memory.adjustment() + out_of_memory.step())
    _log()
    _name_process()
    try:
        asyncio.run(_run(given.home, given.keep_days, given.since, given.ready_fd))
    except (MeshvisorError, sqlite3.Error, OSError) as error:
        log.error("workflows cannot run: %s", error, extra={"event": "workflows.cannot_start"})
        return CANNOT_START
    return 0


async def _run(home: Path, keep_days: float, since: int, ready_fd: int | None) -> None:
    from meshvisor.features.workflows.engine.app import App
    from meshvisor.shared.clock import SystemClock
    from meshvisor.shared.paths import Home

    app = App(Home(home), SystemClock(), keep_days)
    app.load(since)
    running = asyncio.create_task(app.run(), name="engine")
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    if ready_fd is not None:
        os.write(ready_fd, json.dumps({"pid": os.getpid()}).encode() + b"\n")
        os.close(ready_fd)
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await running
    finally:
        app.close()


def _log() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    # A pipe that is full does not wait, and its reader is no reason to fail.
    logging.raiseExceptions = False
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("asyncio").setLevel(logging.WARNING)


def _name_process() -> None:
    from setproctitle import setproctitle

    with contextlib.suppress(OSError):
        setproctitle("meshvisor: workflows")


if __name__ == "__main__":
    sys.exit(main())
