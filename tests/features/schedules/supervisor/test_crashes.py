"""Kill -9 around fires: each planned time has its job, and none has two."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from tests.clock import START
from tests.seeds import seeds

MINUTES: Final = 150


def launch(path: Path, project: Path) -> subprocess.Popen[str]:
    """Start the program."""
    name = "tests.features.schedules.supervisor.crash_program"
    return subprocess.Popen(
        [sys.executable, "-m", name, str(path), str(MINUTES)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=project,
    )


@pytest.mark.faults
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", seeds(1, 20))
def test_killed_again_and_again(
    tmp_path: Path, project: Path, seed: int, chance: random.Random
) -> None:
    """At random moments, several times, until all of the time has passed."""
    path = tmp_path / "crash.db"
    kills = 0
    while True:
        with launch(path, project) as process:
            assert process.stdout is not None
            patience = chance.randrange(5, 30)
            if kills < 4 and all(process.stdout.readline() for _ in range(patience)):
                # Somewhere within the transactions of the next minute.
                time.sleep(chance.random() * 0.01)
                process.kill()
                kills += 1
                continue
            process.stdout.read()
            assert process.wait() == 0
        break
    assert kills > 2
    with closing(sqlite3.connect(path)) as database:
        planned = database.execute(
            "SELECT schedule, planned_at FROM schedule_fires ORDER BY 1, 2"
        ).fetchall()
        first = (round(START) // 60 + 2) * 60_000  # it is seen first a minute after the start
        times = range(first, (round(START) + MINUTES * 60) * 1000 + 1, 60_000)
        assert planned == [(name, at) for name in ("queued", "s") for at in times]
        states = database.execute("SELECT DISTINCT state FROM schedule_fires").fetchall()
        assert {state for (state,) in states} <= {"submitted", "waiting"}
        jobs = database.execute("SELECT job_id FROM schedule_fires WHERE job_id > 0").fetchall()
        assert len(jobs) == len(set(jobs))
        assert sorted(jobs) == database.execute("SELECT id FROM jobs ORDER BY id").fetchall()
