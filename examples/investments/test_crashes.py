"""SIGKILL before each statement of a payment: no paisa is lost, and none is paid twice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from examples.investments.business import MESH, PURCHASES, credited, found, owed
from examples.investments.investments import payouts
from examples.investments.investments.book import Book

TWO = (PURCHASES[2], PURCHASES[3])
"""With members above, and without."""
DAYS = 2
PROJECT = Path(__file__).parents[2]
PROGRAM = "examples.investments.crash_program"


@pytest.mark.faults
def test_killed_before_each_statement(tmp_path: Path) -> None:
    """What a kill leaves is whole investments, and the next run pays the rest of them."""
    with Book(tmp_path / "before.db") as book:
        found(book, *TWO)
    command = [sys.executable, "-m", PROGRAM, str(tmp_path), str(DAYS)]
    subprocess.run(command, cwd=PROJECT, check=True)
    killed = list(tmp_path.glob("*-killed.db"))
    assert len(killed) > 40
    found_paid = set()
    for path in killed:
        with Book(path) as book:
            assert payouts.errors(book, MESH) == []
            days = [one.days_paid for one in book.investments(MESH)]
            assert set(days) <= {0, DAYS}
            found_paid.add(sum(days) // DAYS)
        assert credited(path.with_name(path.name.replace("-killed", ""))) == owed(DAYS, *TWO)
    assert found_paid == set(range(len(TWO)))
