"""A line that a child wrote, as a record.

Workers log JSON (`worker.logs.printing`): {"ts", "level", "logger", "event", "msg", "context",
"traceback"}.  Whatever else comes down the pipe (a crash of the interpreter, a `printf` of a
library, a program that a plug-in started) is text, and becomes a record too.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from typing import Any, Final

from meshvisor.shared.foreign_json import decode_object
from meshvisor.shared.logs.line import EVENT_NAME, LEVELS, SUPERVISOR, Record, mesh_source
from meshvisor.shared.logs.secrets import without_secrets
from meshvisor.shared.logs.text import clean, shorten
from meshvisor.supervisor.logs.cutter import RawLine

MAX_AGE: Final = 86_400.0
"""Seconds; a record that claims to be older has a wrong clock, and gets the time of its arrival."""

MAX_AHEAD: Final = 60.0
"""Seconds; the same for one from the future."""

_LEVELS: Final = {**{level: level for level in LEVELS}, "warn": "warning", "fatal": "critical"}


def from_line(source: str, line: RawLine, now: float) -> Record:
    """Return the record in a line of a child.

    Args:
        source: who wrote it.
        line: what was written.
        now: epoch seconds, for lines that do not say when.
    """
    fields = _json_record(line) if line.content.startswith(b"{") else None
    if fields is None:
        return Record(now, source, "info", _text_of(line))
    text = _compose(fields["msg"], fields.get("context"), fields.get("traceback"))
    level = _LEVELS.get(str(fields.get("level", "")).lower(), "info")
    event = fields.get("event")
    return Record(_time(fields.get("ts"), now), source, level, text, _name(event))


def from_logging(record: logging.LogRecord, mesh_id: str | None = None) -> Record:
    """Return a record of the supervisor's own `logging`.

    Arguments of `extra` that count: `event`, `mesh_id`, and `context`, a mapping.

    Args:
        record: what was logged.
        mesh_id: the mesh that it is about, when `extra` does not say.
    """
    context = getattr(record, "context", None)
    mesh_id = getattr(record, "mesh_id", mesh_id)
    trace = ""
    if record.exc_info and record.exc_info[1] is not None:
        trace = "".join(traceback.format_exception(record.exc_info[1]))
    try:
        message = record.getMessage()
    except (TypeError, ValueError):
        # Arguments that do not fit the message must not cost the message.
        message = f"{record.msg} {record.args!r}"
    return Record(
        ts=record.created,
        source=SUPERVISOR if mesh_id is None else mesh_source(mesh_id),
        level=_LEVELS.get(record.levelname.lower(), "info"),
        text=_compose(message, context, trace or record.stack_info),
        event=_name(getattr(record, "event", "")),
    )


# Private


def _json_record(line: RawLine) -> dict[str, Any] | None:
    if line.missing:
        return None
    fields = decode_object(line.content)
    is_record = fields is not None and isinstance(fields.get("msg"), str) and "level" in fields
    return fields if is_record else None


def _text_of(line: RawLine) -> str:
    text = shorten(_harmless(line.content.decode("utf-8", "replace")).strip("\n "))
    return f"{text} … ({line.missing} more bytes were left out)" if line.missing else text


def _compose(message: str, context: object, trace: object) -> str:
    text = message.strip("\n")
    if isinstance(context, Mapping) and context:
        text += f" ({', '.join(f'{name}={value}' for name, value in context.items())})"
    if isinstance(trace, str) and trace:
        text = f"{text}\n{trace}"
    return shorten(_harmless(text)).rstrip()


def _harmless(text: str) -> str:
    # Before it is shortened: half a secret would not be known any more.
    return without_secrets(clean(text))


def _time(ts: Any, now: float) -> float:
    is_number = isinstance(ts, int | float) and not isinstance(ts, bool)
    if is_number and now - MAX_AGE <= ts <= now + MAX_AHEAD:
        return float(ts)
    return now


def _name(event: object) -> str:
    return event if isinstance(event, str) and EVENT_NAME.fullmatch(event) else ""
