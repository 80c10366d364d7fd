"""A history has each entry once and in its order, whether a row or an entry says it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from sqlite3 import Connection

import pytest

from meshvisor.features.jobs.model.job import EndReason, JobStatus
from meshvisor.features.jobs.supervisor.ledger import (
    by_hand,
    claims,
    enqueue,
    history,
    housekeeping,
    operations,
    running,
)
from meshvisor.features.jobs.supervisor.ledger.claims import Ageing
from meshvisor.features.jobs.supervisor.ledger.job import Job, Millis, find
from meshvisor.features.jobs.supervisor.ledger.running import Attempts
from meshvisor.shared.store.connection import open_writer
from tests.features.jobs.supervisor.conftest import new_job

NOW = Millis(1_000)
"""The same for everything: nothing here may depend on the order of moments."""
TWICE = Attempts(2, lambda _: 0)


class Ledger:
    """An empty database, and what may happen to its only job."""

    def __init__(self, db: Connection) -> None:
        self.db = db
        self.id = enqueue.enqueue(db, new_job(), NOW).job_id

    def start(self) -> Job:
        """Hand it out."""
        groups = claims.groups(self.db, "default", ())
        chosen = claims.waiting(self.db, "default", groups, 1, Ageing(NOW, 0))
        (claimed,) = claims.claim(self.db, chosen, NOW)
        return claimed.job

    def fail(self) -> None:
        """Have its attempt fail."""
        running.finish(self.db, self.id, find(self.db, self.id).run, "no", TWICE, NOW)
        housekeeping.promote(self.db, NOW)

    def complete(self) -> None:
        """Have it end as it should."""
        assert running.complete(self.db, [(self.id, find(self.db, self.id).run)], NOW)

    def log(self, text: str) -> None:
        """Write a line of its own."""
        running.note(self.db, self.id, find(self.db, self.id).run, "info", text, NOW)

    def record(self, what: str) -> None:
        """Write that an operator has requested something."""
        operations.record(self.db, find(self.db, self.id), what, "root", NOW)

    def retry(self) -> None:
        """Queue it anew, whatever it is like."""
        operations.requeue(self.db, find(self.db, self.id), 0, NOW)

    @property
    def written(self) -> int:
        """How many of the entries are rows."""
        (count,) = self.db.execute("SELECT count(*) FROM job_history").fetchone()
        return int(count)

    @property
    def story(self) -> list[str]:
        """What its history says."""
        return [
            row.detail.partition(" by ")[0] if row.event == "log" and row.detail else row.event
            for row in history.read(self.db, self.id)
        ]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Return a database with a job that waits."""
    folder = tmp_path / "var"
    folder.mkdir(mode=0o700)
    db = open_writer(folder / "meshvisor.db")
    yield Ledger(db)
    db.close()


def test_the_usual_job_needs_no_entry(ledger: Ledger) -> None:
    """Its row says all of it."""
    assert ledger.story == ["queued"]
    ledger.start()
    assert ledger.story == ["queued", "active"]
    ledger.complete()
    assert ledger.story == ["queued", "active", "completed"]
    assert ledger.written == 0


def test_lines_come_where_they_were_written(ledger: Ledger) -> None:
    """Before the first start, while it runs, and behind its end."""
    ledger.record("moved")
    ledger.start()
    ledger.log("hello")
    ledger.complete()
    ledger.record("praised")
    ledger.record("praised again")
    assert ledger.story == [
        "queued",
        "moved",
        "active",
        "hello",
        "completed",
        "praised",
        "praised again",
    ]


def test_a_job_that_begins_anew_keeps_what_its_row_forgets(ledger: Ledger) -> None:
    """Also one that does so twice, or that is given another end."""
    once = ["queued", "active", "completed"]
    ledger.start()
    ledger.complete()
    ledger.retry()
    assert ledger.story == [*once, "queued"]
    ledger.start()
    ledger.complete()
    assert ledger.story == [*once, *once]
    ledger.record("retried")
    ledger.retry()
    assert ledger.story == [*once, *once, "retried", "queued"]
    ledger.start()
    ledger.complete()
    job = find(ledger.db, ledger.id)
    by_hand.end(ledger.db, job, JobStatus.FAILED, EndReason.OPERATOR, "no", NOW)
    assert ledger.story == [*once, *once, "retried", *once, "failed"]


def test_further_leases_are_written(ledger: Ledger) -> None:
    """The first one stays in its place before them."""
    ledger.start()
    ledger.log("hello")
    ledger.fail()
    ledger.start()
    assert ledger.story == ["queued", "active", "hello", "paused", "active"]
    ledger.fail()
    assert ledger.story == ["queued", "active", "hello", "paused", "active", "failed"]
    ledger.retry()
    ledger.start()
    assert ledger.story[-3:] == ["failed", "queued", "active"]
    assert ledger.story[:2] == ["queued", "active"]
    assert ledger.story.count("active") == 3
