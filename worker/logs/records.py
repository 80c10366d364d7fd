"""One log record as one line of JSON: `ts`, `level`, `logger`, `event`, `msg`, `context`,
`traceback`, of which the last four may be missing but `msg`.

Owns the format and the bounds on its parts.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Mapping
from typing import Any, Final

MAX_MESSAGE: Final = 8 * 1024
"""Characters of a record's message, or of one value of its context; longer ones are cut."""

MAX_TRACEBACK: Final = 16 * 1024
"""Characters; of longer ones the middle is left out, because the last lines say most."""


class JsonFormatter(logging.Formatter):
    """Formats one record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line without its newline; wrong arguments of the record do not raise."""
        try:
            message = record.getMessage()
        except Exception:  # noqa: BLE001 - __str__ of an argument may raise anything
            # From a plug-in, with arguments that do not fit: what was meant still shows.
            message = f"{record.msg!r} {record.args!r}"
        context = getattr(record, "context", {})
        return record_line(
            {
                "ts": record.created,
                "level": record.levelname.lower(),
                "logger": record.name,
                "event": getattr(record, "event", ""),
                "msg": cut(message),
                "context": {name: _plain(value) for name, value in context.items()},
                "traceback": _trace(record),
            }
        )


def record_line(fields: Mapping[str, Any]) -> str:
    """Return one record as JSON; empty fields but the message are left out."""
    return json.dumps(
        {name: value for name, value in fields.items() if value or name == "msg"},
        separators=(",", ":"),
    )


def cut(text: str, limit: int = MAX_MESSAGE) -> str:
    """Return at most `limit` characters of `text`, saying how many are missing."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… ({len(text) - limit} more characters)"


def format_exception(error: BaseException) -> str:
    """Return the traceback of an error as text of bounded length."""
    return _shorten("".join(traceback.format_exception(error)))


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, int | float) else cut(str(value))


def _trace(record: logging.LogRecord) -> str:
    if record.exc_info and record.exc_info[1] is not None:
        return format_exception(record.exc_info[1])
    return _shorten(record.stack_info) if record.stack_info else ""


def _shorten(text: str) -> str:
    if len(text) <= MAX_TRACEBACK:
        return text
    quarter = MAX_TRACEBACK // 4
    return f"{text[:quarter]}\n…\n{text[-3 * quarter :]}"
