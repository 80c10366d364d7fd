"""Each server grants its own connects, and no other's."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.features.fleet.supervisor import connect_limiter
from meshvisor.features.fleet.supervisor.connect_gates import ConnectGates
from meshvisor.shared.clock import SystemClock
from tests.clock import ManualClock


class Gates:
    """Gates on a clock that tests move, and whom they have let in."""

    def __init__(self, per_second: int = 1) -> None:
        self.clock = ManualClock()
        self.permitted: list[str] = []
        self.absent: set[str] = set()
        self.per_second = per_second
        self.gates = ConnectGates(per_second, self.clock, self._permit)

    def advance(self, seconds: float) -> None:
        """Let time pass, and what is due happen."""
        self.clock.advance(seconds)
        self.gates.configure(self.per_second)

    def _permit(self, mesh_id: str) -> bool:
        if mesh_id in self.absent:
            return False
        self.permitted.append(mesh_id)
        return True


async def test_servers_do_not_wait_for_each_other() -> None:
    """One that never ends its connects holds up its own meshes only."""
    gates = Gates()
    for mesh_id, server in (("a1", "a"), ("a2", "a"), ("b1", "b"), ("b2", "b")):
        gates.gates.ask(mesh_id, server)
    assert gates.permitted == ["a1", "b1"]
    gates.gates.settle("b1")
    gates.advance(1.0)
    assert gates.permitted == ["a1", "b1", "b2"]


async def test_a_mesh_that_moves_waits_at_its_new_server() -> None:
    """It holds no place at the old one any more."""
    gates = Gates()
    gates.gates.ask("first", "a")
    gates.gates.ask("moving", "a")
    gates.gates.ask("moving", "b")
    assert gates.permitted == ["first", "moving"]
    gates.gates.ask("last", "a")
    gates.gates.settle("first")
    gates.advance(1.0)
    assert gates.permitted == ["first", "moving", "last"]


async def test_a_worker_that_is_gone_holds_no_other_up() -> None:
    """A permit that is not taken goes to the next a second later."""
    gates = Gates()
    gates.absent.add("gone")
    gates.gates.ask("gone", "a")
    gates.gates.ask("next", "a")
    gates.gates.settle("gone")
    gates.gates.settle("never asked")
    assert gates.permitted == []
    gates.advance(1.0)
    assert gates.permitted == ["next"]


async def test_the_next_turn_comes_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """At each server, without another request."""
    monkeypatch.setattr(connect_limiter, "PERIOD", 0.02)
    let_in: asyncio.Queue[str] = asyncio.Queue()

    def permit(mesh_id: str) -> bool:
        let_in.put_nowait(mesh_id)
        return True

    gates = ConnectGates(1, SystemClock(), permit)
    for number in range(3):
        for server in ("a", "b"):
            gates.ask(f"{server}{number}", server)
    seen: list[str] = []
    async with asyncio.timeout(10):
        while len(seen) < 6:
            seen.append(await let_in.get())
            gates.settle(seen[-1])
    assert sorted(seen) == ["a0", "a1", "a2", "b0", "b1", "b2"]


@given(
    st.lists(
        st.tuples(st.sampled_from(["ask", "settle", "wait"]), st.integers(0, 7), st.integers(0, 2)),
        max_size=60,
    ),
    st.integers(1, 3),
)
def test_no_server_ever_gets_more(steps: list[tuple[str, int, int]], limit: int) -> None:
    """Whatever meshes do, and however they move between servers."""

    async def run() -> None:
        gates = Gates(limit)
        asked: dict[str, int] = {}
        granted: list[tuple[int, float]] = []
        for what, mesh, server in steps:
            mesh_id = f"m{mesh}"
            if what == "wait":
                gates.advance(0.6)
            elif what == "ask":
                asked[mesh_id] = server
                gates.gates.ask(mesh_id, server)
            else:
                gates.gates.settle(mesh_id)
            now = gates.clock.monotonic()
            granted += [(asked[one], now) for one in gates.permitted]
            gates.permitted.clear()
            within = Counter(server for server, at in granted if now - at < connect_limiter.PERIOD)
            assert all(count <= limit for count in within.values())

    asyncio.run(run())
