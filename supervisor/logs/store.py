"""The newest records of every source, in memory.

Owns how much of it there is: so many records per source, and so many bytes in all.  Does not
own where they come from or go to.
"""

from __future__ import annotations

import heapq
from collections import deque
from typing import Final

from meshvisor.shared.logs.line import Record

MAX_BYTES: Final = 4 * 1024 * 1024
"""All records together; a supervisor of 200 quiet workers keeps far less."""

RECORD_COST: Final = 300
"""Bytes that a record takes beside its text: objects, numbers, its places in two lists."""

_SHRINK_TO: Final = 0.95
"""Part of `MAX_BYTES` that is kept when it is reached, so that it is not reached at once again."""


class LogStore:
    """Remembers the newest records.

    Args:
        lines: records kept per source; 0: none.
        max_bytes: about what all of them may take.
    """

    def __init__(self, lines: int, max_bytes: int = MAX_BYTES) -> None:
        self._lines = lines
        self._max_bytes = max_bytes
        self._kept: dict[str, _Kept] = {}
        self._bytes = 0
        self._count = 0

    def add(self, record: Record) -> None:
        """Remember a record; the oldest of its source may go for it."""
        if self._lines == 0:
            return
        kept = self._kept.get(record.source)
        if kept is None:
            kept = self._kept[record.source] = _Kept()
        self._count += 1
        self._bytes += kept.push(self._count, record)
        if len(kept.records) > self._lines:
            self._bytes -= kept.pop()
        if self._bytes > self._max_bytes:
            self._shrink()

    def tail(self, source: str | None, lines: int) -> list[Record]:
        """Return up to `lines` of the newest records, oldest first; None: of all sources."""
        if lines <= 0:
            return []
        if source is not None:
            kept = self._kept.get(source)
            return [record for _, record in kept.newest(lines)] if kept else []
        newest = heapq.merge(*(kept.newest(lines) for kept in self._kept.values()), key=_number)
        return [record for _, record in deque(newest, maxlen=lines)]

    def _shrink(self) -> None:
        # The mesh with the most lines loses some: one that floods does not cost the others theirs.
        while self._bytes > self._max_bytes * _SHRINK_TO:
            source = max(self._kept, key=lambda name: self._kept[name].bytes)
            self._bytes -= self._kept[source].pop()
            if not self._kept[source].records:
                del self._kept[source]


class _Kept:
    """The records of one source, numbered in the order in which all sources' records came."""

    __slots__ = ("bytes", "records")

    def __init__(self) -> None:
        self.records: deque[tuple[int, Record]] = deque()
        self.bytes = 0

    def push(self, number: int, record: Record) -> int:
        self.records.append((number, record))
        cost = _cost(record)
        self.bytes += cost
        return cost

    def pop(self) -> int:
        _, record = self.records.popleft()
        cost = _cost(record)
        self.bytes -= cost
        return cost

    def newest(self, lines: int) -> list[tuple[int, Record]]:
        return list(self.records)[-lines:]


def _cost(record: Record) -> int:
    # Text that is not ASCII takes two or four bytes per character.
    text = record.text
    return RECORD_COST + len(text) * (1 if text.isascii() else 4)


def _number(numbered: tuple[int, Record]) -> int:
    return numbered[0]
