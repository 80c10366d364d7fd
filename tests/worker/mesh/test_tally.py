"""Counting and batching."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from meshvisor.shared.protocol.from_worker import Counters
from meshvisor.worker.mesh.tally import Tally, UsageBatch


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


def test_all_counts_travel() -> None:
    """No counter is forgotten or swapped on its way into the answer."""
    names = [*Tally.__dataclass_fields__, "log_records_dropped", "abandoned_threads"]
    assert names == list(Counters.__struct_fields__)
    assert Tally(1, 2, 3, 4, 5).counts(6, 7) == Counters(
        **{name: n for n, name in enumerate(names, 1)}
    )
