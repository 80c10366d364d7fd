from __future__ import annotations

import asyncio

import pytest

from meshvisor.playground.watch import Watch


async def test_already_true() -> None:
    """A condition that holds already is not waited for."""
    assert await Watch().until(lambda: "yes", timeout=0) == "yes"


async def test_passing_state_is_seen() -> None:
    """A state that lasts only from one change to the next is not missed."""
    watch, state = Watch(), [0]
    waiting = asyncio.create_task(watch.until(lambda: state[0] == 1 and "seen"))
    await asyncio.sleep(0)
    state[0] = 1
    watch.changed()
    state[0] = 2
    watch.changed()

    assert await waiting == "seen"


async def test_in_vain() -> None:
    """The error says what was waited for."""
    with pytest.raises(TimeoutError, match=r"0\.01 s in vain for rain"):
        await Watch().until(lambda: None, timeout=0.01, what="rain")


async def test_cancelled_waiters_are_forgotten() -> None:
    """A watcher that gives up leaves nothing behind."""
    watch = Watch()
    waiting: asyncio.Task[None] = asyncio.create_task(watch.until(lambda: None))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    assert watch._waiters == {}
