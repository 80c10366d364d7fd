"""A supervisor that is killed before each of its statements loses nothing that it has promised."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.seeds import also_long

pytestmark = pytest.mark.faults

PROGRAM = Path(__file__).with_name("crash_program.py")

POINTS = 400
"""Statements of each workload that are tried, or every few of them; each has some hundred."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [3, *also_long([5, 8, 13])])
@pytest.mark.parametrize("step", [8, *also_long([1])])
def test_nothing_is_lost_or_done_twice(seed: int, step: int, tmp_path: Path, project: Path) -> None:
    """Acknowledged jobs are there, finished items stay finished, all jobs come to an end."""
    numbers = (seed, 0, POINTS, step)
    command = [sys.executable, str(PROGRAM), str(tmp_path), *map(str, numbers)]
    done = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    points = [json.loads(line) for line in done.stdout.splitlines()]
    assert sum(point["died"] for point in points) >= 250 // step
    assert [point for point in points if point["wrong"]] == []
