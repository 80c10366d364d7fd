"""Counting and batching."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from meshvisor.shared.protocol.from_worker import MOST_COUNTS, Counters, CountRow
from meshvisor.worker.mesh.usage import HOUR, CountBatch, Tally, UsageBatch


async def test_uses_are_handed_on_together() -> None:
    """The first use starts the period; all that come within it travel together, once."""
    handed: asyncio.Queue[Mapping[str, int]] = asyncio.Queue()
    batch = UsageBatch(handed.put_nowait, 0.01)
    for name in ["ping", "help", "ping"]:
        batch.count(name)
    assert handed.empty()
    assert await handed.get() == {"ping": 2, "help": 1}
    batch.flush()
    assert handed.empty()


async def test_a_flush_does_not_wait() -> None:
    """At the end of a worker nothing is left behind."""
    handed: list[Mapping[str, int]] = []
    batch = UsageBatch(handed.append, 1000)
    batch.count("ping")
    batch.flush()
    batch.flush()
    assert handed == [{"ping": 1}]


async def test_counts_by_hour_and_user() -> None:
    """The same of one user in one hour is one row; an impossible time is now."""
    handed: list[tuple[CountRow, ...]] = []
    now = 100 * HOUR + 5.0
    batch = CountBatch(handed.append, 1000, lambda: now)
    batch.count("message", "11")
    batch.flush()
    assert handed == []  # it is not wanted
    batch.is_wanted = True
    for at in (None, now - 1, now - HOUR, now + 9):
        batch.count("message", "11", at=at)
    batch.count("command", "12", "ping")
    batch.flush()
    batch.flush()
    assert handed == [
        (
            (100 * HOUR, "message", "11", "", 3),
            (99 * HOUR, "message", "11", "", 1),
            (100 * HOUR, "command", "12", "ping", 1),
        )
    ]


async def test_many_counts_do_not_wait() -> None:
    """A message is never longer than a frame may be."""
    handed: list[tuple[CountRow, ...]] = []
    batch = CountBatch(handed.append, 1000, lambda: 0.0)
    batch.is_wanted = True
    for number in range(MOST_COUNTS + 1):
        batch.count("join", f"{number} " + "\x01" * 500)
    assert [len(rows) for rows in handed] == [MOST_COUNTS]
    batch.flush()
    assert len(handed[1]) == 1


def test_all_counts_travel() -> None:
    """No counter is forgotten or swapped on its way into the answer."""
    names = [*Tally.__dataclass_fields__, "log_records_dropped", "abandoned_threads"]
    assert names == list(Counters.__struct_fields__)
    assert Tally(1, 2, 3, 4, 5, 6).counts(7, 8) == Counters(
        **{name: n for n, name in enumerate(names, 1)}
    )
