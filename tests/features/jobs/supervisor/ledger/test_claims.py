"""Jobs that are handed out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from sqlite3 import Connection

import pytest
from msgspec.structs import replace

from meshvisor.features.jobs.supervisor.ledger import claims, enqueue, housekeeping, running
from meshvisor.features.jobs.supervisor.ledger.claims import Ageing, Claimed
from meshvisor.features.jobs.supervisor.ledger.job import Job, Millis, find
from meshvisor.features.jobs.supervisor.ledger.running import Attempts
from meshvisor.shared.store.connection import open_writer
from tests.features.jobs.supervisor.conftest import new_job

AGEING = 1_000


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Connection]:
    """Return the writing connection of an empty database."""
    folder = tmp_path / "var"
    folder.mkdir(mode=0o700)
    connection = open_writer(folder / "meshvisor.db")
    yield connection
    connection.close()


def claim(db: Connection, now: int) -> Claimed:
    """Hand out the only job that waits."""
    groups = claims.groups(db, "default", ())
    chosen = claims.waiting(db, "default", groups, 1, Ageing(Millis(now), AGEING))
    (claimed,) = claims.claim(db, chosen, Millis(now))
    return claimed


def test_a_runner_is_handed_what_is_written(db: Connection) -> None:
    """The job that follows from a claim is the row, column for column, each time that it starts."""
    new = replace(new_job(), deadline=90_000, wait_timeout=50_000)
    job_id = enqueue.enqueue(db, new, Millis(5)).job_id
    first = claim(db, 7 + AGEING).job
    assert first == find(db, job_id)
    assert (first.rank, first.run, first.attempt) == (new.priority - 1, 1, 1)
    running.finish(db, job_id, first.run, "no", Attempts(3, lambda _: 10), Millis(2_000))
    (waiting,) = housekeeping.promote(db, Millis(2_010))
    assert waiting.error == "no"
    again = claim(db, 2_020).job
    assert again == find(db, job_id)
    assert (again.started_at, again.run, again.attempt) == (first.started_at, 2, 2)
    assert isinstance(again, Job)
    assert again.error is None
