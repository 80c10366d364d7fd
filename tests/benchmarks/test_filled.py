"""The database in which the console's reads are measured."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from benchmarks.job_programs import filled
from meshvisor.features.jobs.routes import pages


def test_most_of_its_jobs_have_ended(tmp_path: Path) -> None:
    """As many as were asked for, of every kind, so that pages of each are full."""
    filled.fill(tmp_path / "var" / "meshvisor.db", filled.OPEN + 20)
    wanted = dict.fromkeys(("action", "mesh_id", "lane", "created_by", "target", "before"))
    with closing(sqlite3.connect(tmp_path / "var" / "meshvisor.db")) as db:
        found = json.loads(pages.jobs(db, {**wanted, "limit": 1000}, ()))["jobs"]
    assert len(found) == filled.OPEN + 20
    assert {one["status"] for one in found} == {"queued", "completed", "failed", "cancelled"}
