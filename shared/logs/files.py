"""The folder of the log files: names, and reading the newest lines without a supervisor.

Owns what the files are called.  Does not own writing them (`supervisor.logs.files`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from shared.logs.line import Record, as_event, mesh_source, parse
from shared.paths import Home

BLOCK: Final = 64 * 1024
"""Bytes read at once, from the end of a file backwards."""

MAX_READ: Final = 16 * 1024 * 1024
"""Bytes of one file that are looked at; enough for a hundred thousand lines."""

_NAME: Final = re.compile(r"(?P<source>.+)\.log(?:\.(?P<age>[1-9][0-9]*))?")


def log_file(folder: Path, source: str, age: int = 0) -> Path:
    """Return the file of a source; with `age` the one that was rotated so many times."""
    return folder / (f"{source}.log.{age}" if age else f"{source}.log")


def log_files(folder: Path) -> Iterator[tuple[str, int, os.DirEntry[str]]]:
    """Yield source, age and directory entry of every log file in a folder."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                match = _NAME.fullmatch(entry.name)
                if match and entry.is_file(follow_symlinks=False):
                    yield match["source"], int(match["age"] or 0), entry
    except FileNotFoundError:
        return


def read_tail(home: Home, mesh_id: str | None, lines: int) -> list[dict[str, Any]]:
    """Return the newest records in the files of a home, oldest first.

    Args:
        home: whose `var/logs` is read; none there: no records.
        mesh_id: one mesh, or None for everything, merged by time.
        lines: at most so many records.

    Returns:
        Events in the shape of the control socket's `logs` stream.

    Raises:
        OSError: a file cannot be read.
    """
    if lines <= 0:
        return []
    if mesh_id is not None:
        return [as_event(record) for record in _newest(home.logs, mesh_source(mesh_id), lines)]
    sources = {source for source, _, _ in log_files(home.logs)}
    records = [record for source in sources for record in _newest(home.logs, source, lines)]
    # What the supervisor says about a mesh stands in both their files.
    merged = sorted(dict.fromkeys(records), key=lambda record: record.ts)
    return [as_event(record) for record in merged[-lines:]]


# Private


def _newest(folder: Path, source: str, lines: int) -> list[Record]:
    ages = sorted(age for found, age, _ in log_files(folder) if found == source)
    records: list[Record] = []
    for age in ages:
        try:
            older = parse(_last_lines(log_file(folder, source, age), lines - len(records)))
        except FileNotFoundError:
            continue  # rotated or removed this very moment
        records = older + records
        if len(records) >= lines:
            break
    return records[-lines:]


def _last_lines(path: Path, lines: int) -> Iterable[str]:
    """Return the last lines of a file; more than asked for, because records may have several."""
    content = b""
    with path.open("rb") as file:
        position = file.seek(0, os.SEEK_END)
        lowest = max(0, position - MAX_READ)
        while position > lowest and len(parse(_decode(content))) <= lines:
            start = max(lowest, position - max(BLOCK, len(content)))
            file.seek(start)
            content = file.read(position - start) + content
            position = start
    if position > 0:
        # The first line is cut off.
        content = content.partition(b"\n")[2]
    return _decode(content)


def _decode(content: bytes) -> list[str]:
    # Not `splitlines`, which also splits at characters that are no newlines in a file.
    return content.decode("utf-8", "replace").split("\n")
