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
    check(path, MINUTES, kills)


@pytest.mark.faults
@pytest.mark.timeout(300)
def test_killed_behind_each_commit(tmp_path: Path, project: Path) -> None:
    """Whatever was written last: what follows from it happens once, and nothing else is lost."""
    name = "tests.features.schedules.supervisor.crash_program"
    argv = [sys.executable, "-m", name, str(tmp_path), "3", "at-each-commit"]
    done = subprocess.run(argv, cwd=project, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    databases = list(tmp_path.glob("*.db"))
    assert len(databases) > 20
    for path in databases:
        check(path, 3, kills=1)


def check(path: Path, minutes: int, kills: int) -> None:
    """See that each planned time has its fire, each fire one job, and each success its follower."""
    with closing(sqlite3.connect(path)) as database:
        planned = database.execute(
            "SELECT schedule, planned_at FROM schedule_fires WHERE schedule <> 'then' ORDER BY 1, 2"
        ).fetchall()
        # It is seen first at the first look, a minute after the start, and fires from the next on.
        first = planned[0][1]
        assert first <= (round(START) // 60 + 3) * 60_000
        times = range(first, (round(START) + minutes * 60) * 1000 + 1, 60_000)
        assert planned == [(name, at) for name in ("queued", "s") for at in times]
        states = database.execute("SELECT DISTINCT state FROM schedule_fires").fetchall()
        assert {state for (state,) in states} <= {"submitted", "waiting"}
        jobs = database.execute("SELECT job_id FROM schedule_fires WHERE job_id > 0").fetchall()
        assert len(jobs) == len(set(jobs))
        assert sorted(jobs) == database.execute("SELECT id FROM jobs ORDER BY id").fetchall()
        (successes, followers) = database.execute(
            "SELECT count(*) FILTER (WHERE schedule = 's' AND outcome = 'completed'), "
            "count(*) FILTER (WHERE schedule = 'then') FROM schedule_fires"
        ).fetchone()
        # Two successes of which it hears after a crash are one; none is left over.
        assert successes - kills <= followers <= successes
        ((left,),) = database.execute("SELECT count(succeeded_at) FROM schedule_dependencies")
        assert left == 0
