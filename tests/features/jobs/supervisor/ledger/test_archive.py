"""Old jobs as documents, and rows of missing jobs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from meshvisor.features.jobs.messages.submission import Submission
from meshvisor.features.jobs.model.action import ActionSpec
from meshvisor.features.jobs.supervisor.action_registry import ActionRegistry
from meshvisor.features.jobs.supervisor.ledger import archive, housekeeping
from meshvisor.features.jobs.supervisor.offline import OfflineDatabase
from meshvisor.features.jobs.supervisor.service import JobService
from meshvisor.shared.settings.model import default_settings
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.audit.log import AuditLog, local_actor
from tests.clock import ManualClock

ACTOR = local_actor(0)
DAY = 86_400_000


@contextmanager
def jobs_in(path: Path) -> Iterator[tuple[Store, JobService, ManualClock]]:
    """Yield a database, its jobs and their clock."""
    clock = ManualClock()
    store = Store.open(path, clock=clock)
    kept = ActionRegistry([ActionSpec("refresh")]).kept()
    store.write_now(lambda db: housekeeping.keep_actions(db, kept))
    database = OfflineDatabase(store, default_settings(), clock)
    yield store, JobService(database, AuditLog(store, clock)), clock
    store.close()


async def test_ended_jobs(tmp_path: Path) -> None:
    """Those that ended before a moment are documents with all of them, and then they are gone."""
    with jobs_in(tmp_path / "meshvisor.db") as (store, jobs, clock):
        submission = Submission(action="refresh", items=("a", "b"), data={"n": 1})
        ids = [(await jobs.submit("lobby", submission, ACTOR)).job_id for _ in range(3)]
        await jobs.mark(ids[:2], "completed", "by the test", ACTOR)
        clock.advance(86_400)
        await jobs.mark(ids[2:], "completed", "by the test", ACTOR)
        before = round(clock.wall() * 1000)
        assert store.read_now(lambda db: archive.count(db, before)) == 2
        assert len(store.read_now(lambda db: archive.export(db, before, 1))) == 1
        exported = store.read_now(lambda db: archive.export(db, before, 10))
        assert [one.id for one in exported] == ids[:2]
        document = exported[0].document
        assert (document["status"], document["data"]) == ("completed", {"n": 1})
        assert [one["key"] for one in document["items"]] == ["a", "b"]
        assert "completed" in [one["event"] for one in document["history"]]
        hidden = await jobs.transact(lambda db, _t: archive.hide(db, ids[:2]))
        await jobs.forget_deleted()
        assert hidden == 2
        assert rows(store, "SELECT id FROM jobs") == [(ids[2],)]
        assert rows(store, "SELECT DISTINCT job_id FROM job_items") == [(ids[2],)]


async def test_orphans(tmp_path: Path) -> None:
    """Items and history of missing jobs are counted and removed, and no others."""
    with jobs_in(tmp_path / "meshvisor.db") as (store, jobs, _clock):
        submission = Submission(action="refresh", items=("a", "b", "c"))
        for _ in range(2):
            job_id = (await jobs.submit("lobby", submission, ACTOR)).job_id
        await jobs.mark([job_id], "completed", "by the test", ACTOR)
        assert store.read_now(lambda db: archive.count_orphans(db, 0)) == 0
    orphan(tmp_path / "meshvisor.db", job_id)
    with jobs_in(tmp_path / "meshvisor.db") as (store, jobs, _clock):
        count = store.read_now(lambda db: archive.count_orphans(db, 0))
        assert count > 3
        removed = 0
        while some := await jobs.transact(lambda db, _t: archive.remove_orphans(db, 2)):
            removed += some
        assert removed == count
        assert len(rows(store, "SELECT 1 FROM job_items")) == 3


def rows(store: Store, query: str) -> list[tuple[Any, ...]]:
    """Ask the database."""
    return store.read_now(lambda db: db.execute(query).fetchall())


def orphan(path: Path, job_id: int) -> None:
    """Remove a job and leave its rows, as a program without foreign keys does."""
    import sqlite3

    db = sqlite3.connect(path)
    db.execute("DELETE FROM jobs WHERE id = ?", (job_id,))
    db.commit()
    db.close()
