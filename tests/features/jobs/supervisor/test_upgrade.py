"""A database of the time when jobs knew what was to be said of them in chats."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from meshvisor.features.jobs.supervisor import chat_reports
from meshvisor.shared.events import cursors, log
from meshvisor.shared.feature import features
from meshvisor.shared.store import migrations
from meshvisor.shared.store.connection import open_writer

NEW = 6
"""The first migration that takes chats out of jobs."""

JOB = (
    "INSERT INTO jobs (id, action, mesh_id, priority, lane, data, rate_key, created_by, "
    "created_name, origin, asked_in, status, ready, ready_since, rank, attempt, next_try, run, "
    "untold, pending, done, failed, existing, created_at, updated_at, finished_at) VALUES "
    "(?, 'a', 'lobby', 3, 'default', '{}', 'a', 'u', 'u', 'chat', ?, ?, 0, 1, 3, 1, 0, 1, ?, "
    "0, 0, 0, 0, 1, 2, ?)"
)


def old_database(path: Path, folder: Path) -> None:
    """Make a database with all steps before, and jobs of which some are to be reported."""
    shutil.copytree(next(f for f in features() if f.name == "jobs").folder("migrations"), folder)
    for step in folder.glob("*.sql"):
        if int(step.name[:4]) >= NEW:
            step.unlink()
    lines = [
        migrations.Line(owner="jobs", steps=migrations.steps_in(folder), former=line.former)
        if line.owner == "jobs"
        else line
        for line in migrations.all_lines()
    ]
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        migrations.migrate(db, path, lines)
        db.execute(JOB, (1, "m1", "completed", "outcome", 2))
        db.execute(JOB, (2, None, "interrupted", "question", None))
        db.execute(JOB, (3, "m3", "failed", None, 2))
    path.chmod(0o600)


def test_what_is_to_be_reported_is_kept(tmp_path: Path) -> None:
    """Nothing is lost, and what was said is not said again."""
    path = tmp_path / "meshvisor.db"
    old_database(path, tmp_path / "steps")
    with closing(open_writer(path)) as db:
        found = chat_reports.pending(db, "lobby", 10)
        assert [(one.job.id, one.what, one.asked_in) for one in found] == [
            (1, "outcome", "m1"),
            (2, "question", None),
        ]
        # They come from the one place that there was.
        assert [(one.job.place, one.job.is_direct) for one in found] == [(None, 0), (None, 0)]
        assert cursors.find(db, chat_reports.NAME) == log.last(db) == 3
        columns = {row[1] for row in db.execute("PRAGMA table_info(jobs)")}
        assert not columns & {"untold", "asked_in"}
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []


def test_a_new_database_begins_at_the_beginning(tmp_path: Path) -> None:
    """Whatever commands do in it before a supervisor has ever run is said."""
    with closing(open_writer(tmp_path / "meshvisor.db")) as db:
        assert cursors.find(db, chat_reports.NAME) is None
