"""Everything that a process logs, prints or fails to handle, into one writer.

Owns the process-wide state: handlers of the root logger, `sys.stdout`, `sys.stderr` and the
hooks for errors that are not handled.  Called by `worker.child.process`; never with
`--single-process`, where that state belongs to the supervisor.
"""

from __future__ import annotations

import logging
import sys
import threading
from types import TracebackType
from typing import Final

from meshvisor.shared.logs.levels import is_wanted, quiet_libraries
from meshvisor.worker.logs.bound import bound_log
from meshvisor.worker.logs.pipe import PipeHandler, PipeWriter
from meshvisor.worker.logs.printing import PrintStream

log = bound_log("worker")

USUAL_LEVEL: Final = logging.INFO
"""What is set before the fork.  Setting another level walks over all loggers, whose pages each
worker would then copy."""


def capture_output(writer: PipeWriter) -> None:
    """Send all output of this process to `writer`."""
    root = logging.getLogger()
    handler = PipeHandler(writer)
    handler.addFilter(is_wanted)
    root.handlers[:] = [handler]
    quiet_libraries()
    root.setLevel(USUAL_LEVEL)
    sys.stdout = PrintStream("stdout", "info", writer)
    sys.stderr = PrintStream("stderr", "warning", writer)
    sys.excepthook = _crashed
    threading.excepthook = _thread_crashed
    sys.unraisablehook = _ignored


def set_level(name: str) -> None:
    """Make no records below this level, a name in any case."""
    level = logging.getLevelName(name.upper())
    if logging.getLogger().level != level:
        logging.getLogger().setLevel(level)


# Errors that are not handled


def _crashed(
    _kind: type[BaseException], error: BaseException, _trace: TracebackType | None
) -> None:
    log.critical("An unhandled error", exc_info=error, event="crashed")


def _thread_crashed(arguments: threading.ExceptHookArgs) -> None:
    log.error(
        "A thread ended with an error",
        exc_info=arguments.exc_value,
        event="thread_crashed",
        thread=arguments.thread.name if arguments.thread else "?",
    )


def _ignored(unraisable: sys.UnraisableHookArgs) -> None:
    log.warning(
        "An error had to be ignored: %s",
        unraisable.err_msg or "in a finaliser",
        exc_info=unraisable.exc_value,
        event="ignored_error",
    )
