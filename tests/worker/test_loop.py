"""What code of plug-ins finds below asyncio in a child."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from meshvisor.worker.loop import ChildLoop
from meshvisor.worker.threads import AT_ONCE, SHARE, THREADS, Share

PATIENCE = 20.0
"""Seconds that a test waits for what takes milliseconds, on however busy a machine."""


def run(work: Callable[[], Awaitable[Any]]) -> Any:
    """Return what comes of `work` in a loop as children have it."""

    async def bounded() -> Any:
        async with asyncio.timeout(PATIENCE):
            return await work()

    with asyncio.Runner(loop_factory=ChildLoop) as runner:
        return runner.run(bounded())


def test_look_ups_that_hang_keep_no_other_one_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are; nor do they count as threads of a plug-in."""
    let_go = threading.Event()
    look_up = socket.getaddrinfo
    # Of other tests, whose loops have ended without hearing of them.
    before = THREADS.abandoned

    def hang(host: str, *args: Any) -> Any:
        if args[-1] & socket.AI_NUMERICHOST:  # which asks no server
            raise socket.gaierror
        if host == "hangs.invalid":
            let_go.wait()
        return look_up("127.0.0.1", *args)

    monkeypatch.setattr(socket, "getaddrinfo", hang)

    async def work() -> Any:
        loop = asyncio.get_running_loop()
        hung = [asyncio.create_task(loop.getaddrinfo("hangs.invalid", 80)) for _ in range(50)]
        # The calls have begun when this one, which came later, is through.
        found = await loop.getaddrinfo("quick.invalid", 80)
        for task in hung:
            task.cancel()
        await asyncio.wait(hung)
        return found, THREADS.abandoned - before

    try:
        found, abandoned = run(work)
    finally:
        let_go.set()
    assert found[0][4] == ("127.0.0.1", 80)
    assert abandoned == 0


def test_one_handler_waits_for_itself_only() -> None:
    """Calls beyond its share wait for its own ones, and those of another do not."""
    let_go = threading.Event()

    async def work() -> bool:
        SHARE.set(share := Share())
        greedy = [asyncio.create_task(asyncio.to_thread(let_go.wait)) for _ in range(AT_ONCE + 1)]
        await asyncio.sleep(0)
        SHARE.set(Share())
        assert await asyncio.to_thread(lambda: "another") == "another"
        assert (share.running, len(share.waiting)) == (AT_ONCE, 1)
        let_go.set()
        return all(await asyncio.gather(*greedy))

    assert run(work)


def test_an_abandoned_thread_takes_no_place_and_is_counted_until_it_ends() -> None:
    """What waited behind it begins; when it ends at last, it is forgotten."""
    let_go, running = threading.Event(), threading.Semaphore(0)
    before = THREADS.abandoned

    def block() -> None:
        running.release()
        let_go.wait()

    async def work() -> None:
        SHARE.set(Share())
        stuck = [asyncio.create_task(asyncio.to_thread(block)) for _ in range(AT_ONCE)]
        waiting = asyncio.create_task(asyncio.to_thread(lambda: "had its turn"))
        await asyncio.gather(*(is_running() for _ in stuck))
        for task in stuck:
            task.cancel()
        assert await waiting == "had its turn"
        assert THREADS.abandoned - before == AT_ONCE
        assert THREADS.is_full
        let_go.set()
        while THREADS.abandoned > before:
            await asyncio.sleep(0.001)

    async def is_running() -> bool:
        return await asyncio.get_running_loop().run_in_executor(pool, running.acquire)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        run(work)


def test_an_executor_of_the_plug_ins_own() -> None:
    """Who has chosen one gets what it has chosen."""

    async def work() -> str:
        with ThreadPoolExecutor(1, thread_name_prefix="chosen") as pool:
            asyncio.get_running_loop().set_default_executor(pool)
            return await asyncio.to_thread(lambda: threading.current_thread().name)

    assert run(work).startswith("chosen")
