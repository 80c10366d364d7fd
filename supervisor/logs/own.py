"""The supervisor's own `logging` records, on their way to where all records go.

Owns the way from whatever thread logs into the event loop, and the set-up of `logging`.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from meshvisor.shared.logs.levels import is_wanted, quiet_libraries


class LoopHandler(logging.Handler):
    """Hands records to `receive` inside the event loop that it was made in.

    From another thread they arrive a moment later.  After the loop's end they go to stderr.
    """

    def __init__(self, receive: Callable[[logging.LogRecord], None]) -> None:
        super().__init__()
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a record on; never raises."""
        try:
            if threading.get_ident() == self._thread:
                self._receive(record)
            else:
                self._loop.call_soon_threadsafe(self._receive, record)
        except RuntimeError:
            with suppress(OSError, ValueError, AttributeError):  # full, closed, or none at all
                sys.stderr.write(f"{record.levelname.lower()}: {record.getMessage()}\n")
        except Exception:  # noqa: BLE001 - the caller must not suffer from a mistake in here
            self.handleError(record)


@contextmanager
def logging_to(handler: logging.Handler, level: str) -> Iterator[None]:
    """Send all records of this process, and warnings, to `handler` only; undone at the end."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    handler.addFilter(is_wanted)
    root.handlers[:] = [handler]
    quiet_libraries()
    root.setLevel(level.upper())
    logging.captureWarnings(True)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        root.handlers[:] = before[0]
        root.setLevel(before[1])
