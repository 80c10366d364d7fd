"""Durable writes into the store, beside plain sqlite3 with a transaction for each.

No fleet and no peers: the store is a part of the supervisor, and what it is measured against is
SQLite itself on the same disk in the same run.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.contenders.contender import Contender, is_ours
from benchmarks.places import UNFINISHED
from benchmarks.rows.row import Line, Samples
from meshvisor.shared.store.store import Store

EACH: Final = 1000
"""Writes that a figure is for."""
CALLERS: Final = 100
"""Tasks that write at the same time."""
ROUNDS_TOGETHER: Final = 300
"""Writes of each of the callers: a good half second in all, so that the log is also folded in."""
ALONE: Final = 3 * EACH
"""Writes where each waits for the one before it."""
INSERT: Final = """
INSERT INTO audit_log (at, actor, origin, action, subject, outcome, detail)
VALUES (?, 'u1', 'lobby', 'admin.add', 'u2', 'done', '{"userId": "u2"}')
"""
"""An entry of the audit log: one row and one entry of an index."""


@dataclass(frozen=True, slots=True)
class StoreWrites:
    """Milliseconds for a thousand writes that survive a power cut."""

    key: str
    together_target: float | None

    def lines(self) -> Sequence[Line]:
        """Many callers, one caller, and SQLite without the store."""
        each = f"{EACH} durable writes"
        how = "one row of the audit log each, synchronous=FULL, on the disk of the checkout"
        return [
            Line(
                f"{self.key}-together",
                f"{each}, {CALLERS} callers at a time",
                "ms",
                self.together_target,
                how=f"{how}; tasks of one event loop, each waits for its commit",
            ),
            Line(f"{self.key}-alone", f"{each}, one after the other", "ms", how=how),
            Line(
                f"{self.key}-plain",
                f"{each}, plain sqlite3 without the store",
                "ms",
                how=f"{how}; a loop in one thread, a transaction for each",
            ),
        ]

    def runs(self, contender: Contender) -> int | None:
        """Ours only; as often as usual."""
        return None if is_ours(contender) else 0

    def run(self, contender: Contender) -> Samples:
        """Measure all three, each on a database of its own."""
        with _database() as path:
            together = asyncio.run(_timed(path, CALLERS, ROUNDS_TOGETHER))
        with _database() as path:
            alone = asyncio.run(_timed(path, 1, ALONE))
        with _database() as path:
            plain = _timed_plain(path, ALONE)
        return {
            f"{self.key}-together": [together],
            f"{self.key}-alone": [alone],
            f"{self.key}-plain": [plain],
        }


def _insert(connection: sqlite3.Connection) -> None:
    connection.execute(INSERT, (1,))


async def _timed(path: Path, callers: int, rounds: int) -> float:
    async def call() -> None:
        for _ in range(rounds):
            await store.write(_insert)

    with closing(Store.open(path)) as store:
        await store.write(_insert)  # starts the thread
        began = time.monotonic()
        await asyncio.gather(*(call() for _ in range(callers)))
        elapsed = time.monotonic() - began
    return elapsed * 1000 / (callers * rounds) * EACH


def _timed_plain(path: Path, writes: int) -> float:
    Store.open(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        began = time.monotonic()
        for _ in range(writes):
            connection.execute("BEGIN IMMEDIATE")
            _insert(connection)
            connection.execute("COMMIT")
        return (time.monotonic() - began) * 1000 / writes * EACH


@contextmanager
def _database() -> Iterator[Path]:
    # Not the folder for temporary files: that is often in memory, where a flush costs nothing.
    UNFINISHED.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="store-", dir=UNFINISHED))
    try:
        yield folder / "meshvisor.db"
    finally:
        shutil.rmtree(folder)
