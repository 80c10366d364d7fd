"""kill -9 at any moment: no entry or exit of a zone is lost, and none is there twice."""

from __future__ import annotations

import random
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from meshvisor.features.station.supervisor.zones import ZoneService
from meshvisor.shared.store.store import Store
from tests.clock import ManualClock
from tests.features.station import reporter
from tests.features.station.conftest import ANN, HARBOUR, Bench
from tests.seeds import seeds

ROUNDS = 4
KINDS = ("zone.entered", "zone.left")


def killed(path: Path, first: int, after: int) -> int:
    """Have users moved, kill that process after so many rounds; return the last of them."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.features.station.reporter", str(path), str(first)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        for _ in range(after):
            last = int(process.stdout.readline())
    finally:
        process.kill()
        rest, _ = process.communicate()
    return int(rest.split()[-1]) if rest.endswith("\n") else last


def expected(inside: bool, rounds: range) -> int:
    """Return how many moves rounds make of a user who is inside, or not, before them."""
    count = 0
    for number in rounds:
        if (number % 2 == 1) != inside:
            inside, count = not inside, count + 1
    return count


@pytest.mark.parametrize("seed", seeds(1, 20))
async def test_killed_in_the_middle(tmp_path: Path, seed: int) -> None:
    """Events of a user come in turn, there is one for each move that was acknowledged, and at most
    the one under way beyond; they say where the user is.
    """
    rng = random.Random(seed)
    path = tmp_path / "meshvisor.db"
    with closing(Store.open(path)) as store:
        zones = Bench(store, ManualClock()).need(ZoneService)
        await zones.save({"name": "harbour", **HARBOUR, "hysteresis_m": 0}, None, ANN)
    moves = dict.fromkeys(map(str, range(reporter.USERS)), 0)
    first = 0
    for _ in range(ROUNDS):
        last = killed(path, first, rng.randint(1, 12))
        with closing(Store.open(path)) as store:
            bench = Bench(store, ManualClock())
            for user, before in moves.items():
                happened = bench.happened("zone.entered", "zone.left")
                own = [kind for kind, subject in happened if subject == user]
                assert own == [KINDS[turn % 2] for turn in range(len(own))]
                assert is_inside(store, user) == (len(own) % 2 == 1)
                acknowledged = expected(before % 2 == 1, range(first, last + 1))
                assert acknowledged <= len(own) - before <= acknowledged + 1
                moves[user] = len(own)
        first = last + rng.randint(1, 2)


def is_inside(store: Store, user: str) -> bool:
    """Say whether the rows have a user in the zone."""
    query = "SELECT count(*) FROM station_standings WHERE user_id = ? AND state = 'inside'"
    (count,) = store.read_now(lambda db: db.execute(query, (user,)).fetchone())
    return bool(count)
