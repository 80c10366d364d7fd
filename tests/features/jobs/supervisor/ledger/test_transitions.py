"""The table of transitions is the same in the code, in the database and in the documentation."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from meshvisor.features.jobs.model.job import TRANSITIONS, JobStatus
from meshvisor.shared.store.connection import open_writer


def test_the_database_has_the_same_table(tmp_path: Path) -> None:
    """A transition that is allowed in one place is allowed in the other."""
    db = open_writer(tmp_path / "meshvisor.db")
    rows = set(db.execute("SELECT before, after FROM job_transitions"))
    db.close()
    assert rows == {(str(a), str(b)) for a, after in TRANSITIONS.items() for b in after}


def test_the_diagram_has_the_same_arrows(project: Path) -> None:
    """What people read is what holds."""
    text = (project / "docs" / "jobs.md").read_text()
    arrows = set(re.findall(r"^    (\w+) --> (\w+)", text, flags=re.MULTILINE))
    assert arrows == {(str(a), str(b)) for a, after in TRANSITIONS.items() for b in after}


def test_each_state_is_explained_alike(project: Path) -> None:
    """The sentences of the code are those of the page."""
    text = (project / "docs" / "jobs.md").read_text()
    source = (project / "features" / "jobs" / "model" / "job.py").read_text()
    for status in JobStatus:
        (sentence,) = re.findall(rf"^\| `{status}` \| (.+\.) \|$", text, flags=re.MULTILINE)
        assert sentence.replace("`", "") in source.replace("`", "")


@pytest.mark.parametrize(
    ("before", "after"),
    [(a, b) for a in JobStatus for b in JobStatus if a is not b and b not in TRANSITIONS[a]],
)
def test_the_database_refuses_others(tmp_path: Path, before: str, after: str) -> None:
    """Whatever code asks for it, and however right its row would be otherwise."""
    db = open_writer(tmp_path / "meshvisor.db")
    reason, ended = _fitting(before)
    db.execute(
        "INSERT INTO jobs (action, mesh_id, priority, lane, data, rate_key, created_by, "
        "created_name, origin, status, pause_reason, ready, ready_since, rank, attempt, "
        "next_try, run, pending, done, failed, existing, created_at, updated_at, finished_at) "
        "VALUES "
        f"('a', 'm', 1, 'l', '{{}}', 'r', 'u', 'u', 'job', '{before}', {reason}, 0, 1, 1, 1, 0, 1, "
        f"0, 0, 0, 0, 1, 1, {ended})"
    )
    with pytest.raises(sqlite3.IntegrityError, match="may not become"):
        db.execute(
            "UPDATE jobs SET status = '{}', pause_reason = {}, finished_at = {}".format(
                after, *_fitting(after)
            )
        )
    assert db.execute("SELECT status FROM jobs").fetchall() == [(before,)]
    assert db.execute("SELECT count(*) FROM job_history").fetchone() == (0,)
    db.close()


def _fitting(status: str) -> tuple[str, str]:
    """Return the reason of a pause and the end of a job that go with its status."""
    reason = "'operator'" if status == "paused" else "NULL"
    return reason, "1" if status in ("completed", "failed", "cancelled") else "NULL"
