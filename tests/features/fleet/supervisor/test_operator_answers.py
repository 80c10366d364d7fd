"""Answers about blocklists, as the control socket and the command line both give them."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshvisor.features.blocklist.outcomes import describe
from meshvisor.features.blocklist.supervisor.blocklist import Blocklist
from meshvisor.features.blocklist.supervisor.operator_blocklist import (
    OfflineBlocklist,
    OperatorBlocklist,
)
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.store.late import LateStore
from tests.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    """Return a clock that stands at one second after the epoch."""
    clock = ManualClock()
    clock.set_wall(1.0)
    return clock


@pytest.fixture
def blocks(tmp_path: Path, clock: ManualClock) -> Blocklist:
    """Return an empty one."""
    blocks = Blocklist(tmp_path / "blocklist.json", clock)
    blocks.load()
    return blocks


@pytest.fixture
def blocklist(blocks: Blocklist, clock: ManualClock) -> OperatorBlocklist:
    """Return it in the hands of an operator."""
    return OperatorBlocklist(blocks, clock, lambda _by_hand: None)


def test_list_is_sorted_and_says_what_remains(
    blocks: Blocklist, blocklist: OperatorBlocklist, clock: ManualClock
) -> None:
    """Entries come by mesh id, with ISO times and the seconds that remain, never below zero."""
    blocks.block("b", "kicked", None)
    blocks.block("a", "connection_failures", 60)
    clock.set_wall(31.0)
    listed = blocklist.list_blocked().blocked
    assert [(entry.mesh_id, entry.remaining_seconds) for entry in listed] == [
        ("a", 30.0),
        ("b", None),
    ]
    assert listed[0].blocked_at == "1970-01-01T00:00:01+00:00"
    assert listed[0].blocked_until == "1970-01-01T00:01:01+00:00"
    last = blocks.entries()[-1]
    assert describe(last, 1e9).remaining_seconds == 0


async def test_block_by_hand(blocks: Blocklist, blocklist: OperatorBlocklist) -> None:
    """A block by hand has the reason `operator`, and an older one is mentioned."""
    assert not (await blocklist.block("a", 60)).was_blocked
    outcome = await blocklist.block("a", None)
    assert (outcome.was_blocked, outcome.blocked_until) == (True, None)
    assert [entry.reason for entry in blocks.entries()] == ["operator"]


async def test_unblock(blocklist: OperatorBlocklist) -> None:
    """Unblocking says whether there was anything to do."""
    await blocklist.block("a", None)
    assert (await blocklist.unblock("a")).was_blocked
    assert not (await blocklist.unblock("a")).was_blocked


async def test_what_cannot_be_saved(tmp_path: Path, clock: ManualClock) -> None:
    """With a supervisor it holds until that ends, which is said; without one nothing was done."""
    (tmp_path / "file").touch()
    blocks = Blocklist(tmp_path / "file" / "blocklist.json", clock)
    outcome = await OperatorBlocklist(blocks, clock, lambda _by_hand: None).block("a", None)
    assert outcome.blocked
    assert outcome.not_saved
    with pytest.raises(MeshvisorError, match="could not be saved"):
        await OfflineBlocklist(blocks, clock, LateStore(tmp_path / "meshvisor.db")).block("b", None)
