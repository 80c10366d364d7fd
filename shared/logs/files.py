"""The folder of the log files: names, and reading the newest lines without a supervisor.

Owns what the files are called.  Does not own writing them (`supervisor.logs.files`).
"""

from __future__ import annotations

import math
import os
import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from meshvisor.shared.home_files import open_file
from meshvisor.shared.logs.line import Record, as_event, parse, sources_named
from meshvisor.shared.paths import Home

BLOCK: Final = 64 * 1024
"""Bytes read at once, from the end of a file backwards."""

PROBE: Final = 8 * 1024
"""Bytes read at a place of a file to find out of which moment it is."""

MAX_READ: Final = 16 * 1024 * 1024
"""Bytes of one file that are looked at; enough for a hundred thousand lines."""

AHEAD: Final = 60.0
"""Seconds that a moment may lie ahead of the clock: so much a time server moves it now and then."""

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


class Wanted(msgspec.Struct, frozen=True):
    """Which records a reader asks for."""

    mesh_ids: tuple[str, ...] = ()
    """Those of these meshes, lanes (`lane-game`) and helpers; none: everything, merged by time."""
    since: float = 0.0
    """Epoch seconds; older ones are left out."""
    keeps: Callable[[Mapping[str, Any]], bool] | None = None
    """Whether an event, as of the control socket's `logs` stream, is wanted; None: each."""
    until: float = math.inf
    """Epoch seconds; later ones are left out."""

    def has(self, record: Record) -> bool:
        """Say whether a record is asked for, apart from whose it is."""
        is_then = self.since <= record.ts <= self.until
        return is_then and (self.keeps is None or self.keeps(as_event(record)))


def read_tail(home: Home, wanted: Wanted, lines: int) -> list[dict[str, Any]]:
    """Return the newest records in the files of a home, oldest first.

    Args:
        home: whose `var/logs` is read; none there: no records.
        wanted: which of them.
        lines: at most so many records.

    Returns:
        Events in the shape of the control socket's `logs` stream.

    Raises:
        OSError: a file cannot be read.
    """
    if lines <= 0:
        return []
    records = [
        record
        for source in sources_of(home, wanted.mesh_ids)
        for record in _newest(home.logs, source, wanted, lines)
    ]
    # What the supervisor says about a mesh stands in both their files.
    now = time.time()
    merged = sorted(dict.fromkeys(records), key=lambda record: order_of(record.ts, now))
    return [as_event(record) for record in merged[-lines:]]


def order_of(ts: float, now: float) -> tuple[bool, float]:
    """Return what moments of logs and files are sorted by, the oldest first.

    What lies ahead of the clock was written before the clock was set back, so it is the oldest.

    Args:
        ts: epoch seconds.
        now: the same, of the present.
    """
    return (ts <= now + AHEAD, ts)


def sources_of(home: Home, mesh_ids: Collection[str]) -> set[str]:
    """Return the sources of these names that have a file, or without names all that have one."""
    there = {source for source, _, _ in log_files(home.logs)}
    if not mesh_ids:
        return there
    return there & {source for name in mesh_ids for source in sources_named(name)}


# Private


def _newest(folder: Path, source: str, wanted: Wanted, lines: int) -> list[Record]:
    ages = sorted(age for found, age, _ in log_files(folder) if found == source)
    records: list[Record] = []
    for age in ages:
        try:
            older = _last_records(log_file(folder, source, age), wanted, lines - len(records))
        except FileNotFoundError:
            continue  # rotated or removed this very moment
        records = [record for record in older if wanted.has(record)] + records
        if len(records) >= lines or (older and older[0].ts < wanted.since):
            break
    return records[-lines:]


def _last_records(path: Path, wanted: Wanted, lines: int) -> list[Record]:
    """Return the last records of a file, so many that `lines` of them are wanted, or all.

    More may come than asked for, and also such as are not wanted.
    """
    content, records = b"", list[Record]()
    with open(open_file(path, os.O_RDONLY), "rb") as file:
        position = _end_of(file, wanted.until)
        lowest = max(0, position - MAX_READ)
        while position > lowest and not _is_enough(records, wanted, lines):
            start = max(lowest, position - max(BLOCK, len(content)))
            file.seek(start)
            content = file.read(position - start) + content
            position = start
            # The first line is cut off, but at the beginning of the file.
            records = parse(_decode(content.partition(b"\n")[2] if position else content))
    return records


def _end_of(file: BinaryIO, until: float) -> int:
    """Return a place in a file behind which there are only records later than a moment.

    It is at the end of a line, and no further behind the last wanted record than a block.
    """
    low, high = 0, file.seek(0, os.SEEK_END)
    if until == math.inf:
        return high
    while high - low > BLOCK:
        middle = (low + high) // 2
        file.seek(middle)
        records = parse(_decode(file.read(PROBE).partition(b"\n")[2]))
        if records and records[0].ts <= until:
            low = middle
        else:
            high = middle
    file.seek(high)
    file.readline()
    return file.tell()


def _is_enough(records: Sequence[Record], wanted: Wanted, lines: int) -> bool:
    if records and records[0].ts < wanted.since:
        return True
    return sum(map(wanted.has, records)) > lines


def _decode(content: bytes) -> list[str]:
    # Not `splitlines`, which also splits at characters that are no newlines in a file.
    return content.decode("utf-8", "replace").split("\n")
