"""What the console logs: JSON lines on its standard error, which the supervisor reads.

Owns the format, which is that of workers (`supervisor.logs.records` reads both).
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from typing import Any


class _Formatter(logging.Formatter):
    """One record as one line."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = {
            "ts": record.created,
            "level": record.levelname.lower(),
            "msg": record.getMessage(),
            "event": getattr(record, "event", ""),
        }
        if record.exc_info and record.exc_info[1] is not None:
            fields["traceback"] = "".join(traceback.format_exception(record.exc_info[1]))
        return json.dumps(fields)


def begin() -> None:
    """Have everything logged so."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter())
    # A pipe that is full does not wait, and its reader is no reason to fail.
    logging.raiseExceptions = False
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
