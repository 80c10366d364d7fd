"""Counting and batching."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from worker.mesh.tally import Tally, UsageBatch


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


def test_a_snapshot_has_every_counter() -> None:
    """No counter is forgotten on its way into the answer."""
    tally = Tally(1, 2, 3, 4, 5)
    assert tally.snapshot(6).model_dump() == {
        "messages_received": 1,
        "messages_sent": 2,
        "commands": 3,
        "command_errors": 4,
        "reconnects": 5,
        "log_records_dropped": 6,
    }
