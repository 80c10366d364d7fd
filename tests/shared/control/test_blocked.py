"""Answers about blocklists, as the control socket and the command line both give them."""

from __future__ import annotations

from meshvisor.features.blocklist.outcomes import block_by_hand, list_blocked, unblock
from tests.supervisor.control.in_memory import Blocks


def test_list_is_sorted_and_says_what_remains() -> None:
    """Entries come by mesh id, with ISO times and the seconds that remain, never below zero."""
    blocks = Blocks()
    blocks.block("b", "kicked", None)
    blocks.block("a", "connection_failures", 60)
    listed = list_blocked(blocks, 31.0).blocked
    assert [(entry.mesh_id, entry.remaining_seconds) for entry in listed] == [
        ("a", 30.0),
        ("b", None),
    ]
    assert listed[0].blocked_at == "1970-01-01T00:00:01+00:00"
    assert listed[0].blocked_until == "1970-01-01T00:01:01+00:00"
    assert list_blocked(blocks, 1e9).blocked[0].remaining_seconds == 0


def test_block_by_hand() -> None:
    """A block by hand has the reason `operator`, and an older one is mentioned."""
    blocks = Blocks()
    assert not block_by_hand(blocks, "a", 60).was_blocked
    outcome = block_by_hand(blocks, "a", None)
    assert (outcome.was_blocked, outcome.blocked_until) == (True, None)
    assert [entry.reason for entry in blocks.entries()] == ["operator"]


def test_unblock() -> None:
    """Unblocking says whether there was anything to do."""
    blocks = Blocks()
    block_by_hand(blocks, "a", None)
    assert unblock(blocks, "a").was_blocked
    assert not unblock(blocks, "a").was_blocked
