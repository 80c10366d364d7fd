"""Heartbeats in memory that processes share."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from meshvisor.shared import heartbeat
from meshvisor.shared.heartbeat import SLOTS, HeartbeatTable


@pytest.fixture
def descriptor() -> Iterator[int]:
    """Return new shared memory."""
    made = heartbeat.create()
    yield made
    os.close(made)


def test_a_slot_holds_the_moment_of_its_last_stamp(descriptor: int) -> None:
    """It is on the clock that the supervisor reads, and no other slot changes."""
    table = HeartbeatTable(descriptor)
    before = time.monotonic()
    table.stamp(SLOTS - 1)
    assert before <= table.last(SLOTS - 1) <= time.monotonic()
    table.stamp(0)
    assert table.last(0) >= table.last(SLOTS - 1)
    assert table.last(1) == 0.0
    table.close()


def test_what_another_process_stamps_is_seen(descriptor: int) -> None:
    """The memory is the same one in every process that maps it."""
    table = HeartbeatTable(descriptor)
    before = time.monotonic()
    head = "from meshvisor.shared.heartbeat import HeartbeatTable"
    code = f"{head}; HeartbeatTable({descriptor}).stamp(7)"
    subprocess.run([sys.executable, "-c", code], pass_fds=[descriptor], check=True)
    assert before <= table.last(7) <= time.monotonic()
    table.close()


def test_the_memory_is_not_inherited_by_accident(descriptor: int) -> None:
    """Only a process that is handed the descriptor has it."""
    assert not os.get_inheritable(descriptor)


def test_closing_twice(descriptor: int) -> None:
    """A table can be closed by either side first."""
    table = HeartbeatTable(descriptor)
    table.close()
    table.close()
