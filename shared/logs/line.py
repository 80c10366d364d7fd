"""One log record, and the line or lines that it is in a file.

    2026-11-22T08:19:03.123+00:00 warning [mesh-lobby] Handler failed (command=ping) event=failed
    2026-11-22T08:19:03.123+00:00 warning [mesh-lobby]     Traceback (most recent call last):

Every line says when, how bad and where from, so that `grep` finds whole stories; the further
lines of a record are set in by four blanks.
"""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final

import msgspec

from meshvisor.shared.feature import features

SUPERVISOR: Final = "supervisor"
"""The source of the supervisor's own records."""

ZYGOTE: Final = "zygote"
"""The source of the process that forks the others."""

LEVELS: Final = ("debug", "info", "warning", "error", "critical")

EVENT_NAME: Final = re.compile(r"[\w.-]{1,64}")
"""What an event may be called: it must be distinct from the text in front of it."""

_INDENT: Final = "    "
_LINE: Final = re.compile(r"(\S{19,40}) ([a-z]+) +\[([^\] ]+)\] (.*)")
_EVENT: Final = re.compile(rf" event=({EVENT_NAME.pattern})$")


class Record(msgspec.Struct, frozen=True):
    """What a logger has logged."""

    ts: float
    """Epoch seconds."""
    source: str
    """`mesh-<mesh id>`, `supervisor`, `zygote`, or one of a feature (`Feature.log_sources`)."""
    level: str
    """One of `LEVELS`."""
    text: str
    """May hold newlines."""
    event: str = ""
    """Name of what happened (docs/logging.md); empty where it has no name."""


def mesh_source(mesh_id: str) -> str:
    """Return the source of a mesh's records."""
    return f"mesh-{mesh_id}"


def sources_named(name: str) -> tuple[str, ...]:
    """Return the sources that a name may mean: a mesh, and what else is called so."""
    of_mesh = mesh_source(name)
    return (of_mesh, name) if is_source(name) else (of_mesh,)


def is_source(name: str) -> bool:
    """Say whether a name is that of a source that is no mesh's nor the supervisor's own."""
    names, prefixes = _sources()
    return name in names or name.startswith(prefixes)


def is_of(names: Collection[str], mesh_id: str | None, text: str) -> bool:
    """Say whether an event (`as_event`) comes from one of these."""
    if mesh_id is not None:
        return mesh_id in names
    source = text.partition(": ")[0]
    return source in names and source in sources_named(source)


def mesh_of(source: str) -> str | None:
    """Return the mesh whose records have this source; None: it is no mesh's."""
    return source.removeprefix("mesh-") if source.startswith("mesh-") else None


def render(record: Record) -> str:
    """Return the record as it stands in a file, with its last newline."""
    head = f"{moment(record.ts)} {record.level:<7} [{record.source}] "
    first, *rest = record.text.split("\n")
    # What begins with the indent would look like the rest of the record before it.
    line = f"{head}{first.lstrip()}"
    if record.event:
        line += f" event={record.event}"
    return "".join([f"{line}\n", *(f"{head}{_INDENT}{other}\n" for other in rest)])


def parse(lines: Iterable[str]) -> list[Record]:
    """Return the records in lines of a file; what is no such line belongs to the one before."""
    records: list[Record] = []
    for line in lines:
        match = _LINE.fullmatch(line.rstrip("\n"))
        record = _record(match) if match else None
        last = records[-1] if records else None
        if record is None:
            if last is not None and line.strip():
                records[-1] = _joined(last, line.rstrip("\n"))
        elif last is not None and _continues(last, record):
            records[-1] = _joined(last, record.text.removeprefix(_INDENT))
        else:
            records.append(record)
    return records


def as_event(record: Record) -> dict[str, Any]:
    """Return the record as an event of the control socket's `logs` stream."""
    mesh_id = mesh_of(record.source)
    text = record.text
    if mesh_id is None and record.source != SUPERVISOR:
        text = f"{record.source}: {text}"
    return {"mesh_id": mesh_id, "ts": record.ts, "level": record.level, "text": text}


def for_terminal(record: Record) -> str:
    """Return the record as `meshvisor run` shows it while it happens."""
    clock = time.strftime("%H:%M:%S", time.localtime(record.ts))
    mark = "" if record.level in {"info", "debug"} else f"{record.level}: "
    text = record.text.replace("\n", f"\n{_INDENT}")
    return f"{clock} [{record.source}] {mark}{text}"


def moment(ts: float) -> str:
    """Return epoch seconds as ISO 8601 in local time with its offset, to the millisecond."""
    milliseconds = round(ts * 1000)
    second, offset = _second(milliseconds // 1000)
    return f"{second}.{milliseconds % 1000:03d}{offset}"


# Private


@functools.cache
def _sources() -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the names of sources, and what names of others begin with."""
    given = [name for feature in features() for name in feature.log_sources]
    prefixes = tuple(name[:-1] for name in given if name.endswith("*"))
    return frozenset({ZYGOTE, *given}), prefixes


@functools.lru_cache(maxsize=8)
def _second(ts: int) -> tuple[str, str]:
    # Most records are of the same second as the one before, and dates are slow to make.
    text = datetime.fromtimestamp(ts).astimezone().isoformat()
    return text[:19], text[19:]


def _record(match: re.Match[str]) -> Record | None:
    when, level, source, text = match.groups()
    try:
        ts = datetime.fromisoformat(when).timestamp()
    except ValueError:
        return None
    event = _EVENT.search(text)
    if event is None:
        return Record(ts, source, level, text)
    return Record(ts, source, level, text[: event.start()], event[1])


def _continues(last: Record, record: Record) -> bool:
    same = (last.ts, last.source, last.level) == (record.ts, record.source, record.level)
    return same and record.text.startswith(_INDENT)


def _joined(record: Record, text: str) -> Record:
    return Record(record.ts, record.source, record.level, f"{record.text}\n{text}", record.event)
