"""What a keeper does for every kind of children, shown on plain processes."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable

import pytest

from meshvisor.playground.watch import Watch
from meshvisor.supervisor.children.keeper import Callbacks, End, Keeper
from meshvisor.supervisor.children.life import Life
from meshvisor.supervisor.children.spawner import SpawnError
from meshvisor.supervisor.process import OwnedProcess
from meshvisor.supervisor.spawn import spawn

pytestmark = pytest.mark.faults

WAITS = "import signal; print(flush=True); signal.pause()"
IGNORES = "import signal; signal.signal(15, signal.SIG_IGN); print(flush=True); signal.pause()"

LONG = 600.0
"""Seconds that no test waits for."""


class Programs(Keeper[Life, str]):
    """Keeps Python programs.

    Attributes:
        gate: while it is not set, no child is started.
        refusal: why no child can be started.
        mute: no child comes up.
    """

    def __init__(self, callbacks: Callbacks[Life, str]) -> None:
        super().__init__("program", "the program", callbacks)
        self.gate = asyncio.Event()
        self.gate.set()
        self.refusal: Exception | None = None
        self.mute = False
        self.born: list[str] = []
        self.freed: list[str] = []

    async def bear(self, name: str, what: str) -> Life:
        """Start one."""
        await self.gate.wait()
        if self.refusal is not None:
            raise self.refusal
        self.born.append(name)
        self._read, write = os.pipe2(os.O_CLOEXEC)
        pid = spawn([sys.executable, "-c", what], {1: write})
        os.close(write)
        return Life(name, OwnedProcess(pid), 0.0)

    async def open(self, life: Life) -> None:
        """Return when it has said something."""
        await asyncio.to_thread(os.read, self._read, 1)
        os.close(self._read)
        if self.mute:
            raise SpawnError("it says nothing")

    def bury(self, life: Life) -> None:
        """Note it."""
        self.freed.append(life.name)


class Kept:
    """A keeper and the notifications of its owner."""

    def __init__(self) -> None:
        self.watch = Watch()
        self.began: list[Life] = []
        self.opened: list[tuple[Life, str, bool]] = []
        self.refused: list[tuple[str, Exception]] = []
        self.ends: list[End[Life]] = []
        self.force = asyncio.Event()
        self.on_end: Callable[[str], None] = lambda name: None
        self.keeper = Programs(Callbacks(self._began, self._opened, self._refused, self._ended))

    async def run(self, name: str = "a", code: str = WAITS) -> Life:
        """Start one and return it when it can be talked to."""
        before = len(self.opened)
        self.keeper.start(name, code)
        await self.watch.until(lambda: len(self.opened) > before)
        return self.opened[-1][0]

    async def end(self) -> End[Life]:
        """Return how the newest that ended did."""
        await self.watch.until(lambda: self.ends)
        return self.ends.pop()

    def _began(self, life: Life) -> None:
        assert self.keeper.get(life.name) is life
        self.began.append(life)

    def _opened(self, life: Life, what: str, is_outdated: bool) -> None:
        self.opened.append((life, what, is_outdated))
        self.watch.changed()

    def _refused(self, name: str, error: Exception) -> None:
        assert not self.keeper.has(name)
        self.refused.append((name, error))
        self.watch.changed()

    def _ended(self, end: End[Life]) -> None:
        assert not self.keeper.has(end.life.name)
        self.ends.append(end)
        self.on_end(end.life.name)
        self.watch.changed()


@pytest.fixture
async def kept() -> AsyncIterator[Kept]:
    """Return a keeper without children."""
    made = Kept()
    yield made
    made.force.set()
    made.keeper.gate.set()
    await made.keeper.close(0.0, made.force)


async def test_a_life(kept: Kept) -> None:
    """The owner is notified of each step, and the name is free again at the end."""
    life = await kept.run("a", WAITS)
    assert kept.began == [life]
    assert kept.opened == [(life, WAITS, False)]
    assert (kept.keeper.lives, kept.keeper.has("a")) == ([life], True)
    life.process.signal(signal.SIGKILL)
    end = await kept.end()
    assert (end.life, end.why, end.was_requested) == (
        life,
        "the program was killed by SIGKILL",
        False,
    )
    assert kept.keeper.lives == []
    await asyncio.wait_for(asyncio.shield(life.buried), 10)
    assert kept.keeper.freed == ["a"]


async def test_a_successor_may_follow_at_once(kept: Kept) -> None:
    """An owner that hears of an end may start the next one there and then."""
    first = await kept.run()
    kept.on_end = lambda name: kept.keeper.start(name, WAITS)
    first.kill("a fault")
    await kept.watch.until(lambda: len(kept.opened) == 2)
    kept.on_end = lambda name: None
    assert kept.keeper.lives == [kept.opened[1][0]]
    assert kept.ends[0].why == "a fault"


@pytest.mark.parametrize("error", [SpawnError("no memory"), ValueError("a defect")])
async def test_one_that_cannot_be_started(kept: Kept, error: Exception) -> None:
    """The owner learns why, whatever it is, and may try again."""
    kept.keeper.refusal = error
    kept.keeper.start("a", WAITS)
    await kept.watch.until(lambda: kept.refused)
    assert kept.refused == [("a", error)]
    kept.keeper.refusal = None
    assert (await kept.run("a")).name == "a"


async def test_one_that_does_not_come_up(kept: Kept) -> None:
    """It is killed, its end is reported with the reason, and it is never taken for usable."""
    kept.keeper.mute = True
    kept.keeper.start("a", WAITS)
    end = await kept.end()
    assert end.why == "the program does not come up: it says nothing"
    assert kept.opened == []
    assert kept.keeper.freed == ["a"]


async def test_replacing_all(kept: Kept) -> None:
    """Those that live are stopped; one that is being started meanwhile is reported as outdated."""
    living = await kept.run("a")
    kept.keeper.gate.clear()
    kept.keeper.start("b", WAITS)
    await asyncio.sleep(0)
    kept.keeper.replace_all(lambda life: life.stop("new code", LONG))
    kept.keeper.gate.set()
    assert (await kept.end()).life is living
    await kept.watch.until(lambda: len(kept.opened) == 2)
    assert kept.opened[1][2]
    await kept.run("c")
    assert not kept.opened[2][2]


async def test_change(kept: Kept) -> None:
    """It returns when one has come or gone, and at once where there is none."""
    await kept.keeper.change("a")
    kept.keeper.start("a", WAITS)
    await kept.keeper.change("a")
    life = kept.keeper.get("a")
    assert life is not None
    life.kill("enough")
    await kept.keeper.change("a")
    assert not kept.keeper.has("a")


async def test_closing_ends_all(kept: Kept) -> None:
    """Living children are stopped, one that just starts is cancelled, and none comes after."""
    life = await kept.run("a")
    kept.keeper.gate.clear()
    kept.keeper.start("b", WAITS)
    await asyncio.sleep(0)
    await kept.keeper.close(LONG, kept.force)
    assert [end.life for end in kept.ends] == [life]
    assert kept.ends[0].was_requested
    assert [name for name, _ in kept.refused] == ["b"]
    kept.keeper.start("c", WAITS)
    assert [name for name, _ in kept.refused] == ["b", "c"]
    assert (kept.keeper.has("c"), kept.keeper.born) == (False, ["a"])
    await kept.keeper.close(LONG, kept.force)


async def test_closing_by_force(kept: Kept) -> None:
    """One that does not listen is killed as soon as force is asked for, not at the deadline."""
    life = await kept.run("a", IGNORES)
    closing = asyncio.create_task(kept.keeper.close(LONG, kept.force))
    await asyncio.sleep(0)
    assert life.stopping == "the supervisor stops"
    kept.force.set()
    await closing
    assert kept.keeper.lives == []


async def test_an_owner_that_fails(kept: Kept, caplog: pytest.LogCaptureFixture) -> None:
    """A defect of an owner must not keep what its child had taken."""

    def fail(_name: str) -> None:
        raise ValueError("a defect of the owner")

    kept.on_end = fail
    life = await kept.run("a")
    life.kill("enough")
    await asyncio.wait((life.buried,), timeout=10)
    assert kept.keeper.freed == ["a"]
    kept.on_end = lambda name: None
    assert "a defect of the owner" in caplog.text
