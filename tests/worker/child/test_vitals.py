"""Signs of life."""

from __future__ import annotations

import asyncio
import time

import pytest

from meshvisor.worker.child import vitals as vitals_module
from meshvisor.worker.child.vitals import Vitals


@pytest.fixture(autouse=True)
def _fast_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tests not wait half a second for a beat."""
    monkeypatch.setattr(vitals_module, "HEARTBEAT_INTERVAL", 0.01)


async def test_the_heart_beats_until_it_is_stopped() -> None:
    """The first beat comes at once, further ones follow, and none after the end."""
    beats, fifth = 0, asyncio.Event()

    def stamp() -> None:
        nonlocal beats
        beats += 1
        if beats == 5:
            fifth.set()

    housekeeping = 0

    def on_beat() -> None:
        nonlocal housekeeping
        housekeeping += 1

    vitals = Vitals(stamp, on_beat)
    assert beats == 1
    async with asyncio.timeout(10):
        await fifth.wait()
    assert housekeeping >= 4
    vitals.stop()
    vitals.stop()
    count = beats
    await asyncio.sleep(0.05)
    assert beats == count


async def test_a_blocked_loop_shows_as_lag() -> None:
    """The longest delay since the last answer is reported, once, even before the late beat."""
    vitals = Vitals(lambda: None, lambda: None)
    vitals.take_lag_ms()
    time.sleep(0.1)  # noqa: ASYNC251 - blocking the loop is the point
    assert 80 <= vitals.take_lag_ms() < 5000
    vitals.stop()


async def test_memory_and_uptime() -> None:
    """Memory is that of this process, uptime counts from the start."""
    vitals = Vitals(lambda: None, lambda: None)
    assert 5_000_000 < vitals.memory_bytes() < 5_000_000_000
    assert 0 <= vitals.uptime < 10
    vitals.stop()
