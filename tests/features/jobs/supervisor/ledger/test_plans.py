"""Every statement that runs with each job or item finds its rows by an index."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshvisor.features.jobs.supervisor import chat_reports
from meshvisor.features.jobs.supervisor.ledger import claims
from meshvisor.features.jobs.supervisor.ledger.job import QUERIES, Job, Millis
from meshvisor.shared.store.connection import open_writer

WHOLE_TABLES = {
    "limited_keys": "as many as services that have asked for a pause",
    "end_limits": "the same",
    "shift_limits": "the same",
    "bound_limits": "the same",
    "actions": "as many as plug-ins have",
    "forget_actions": "the same",
    "meshes": "as many as meshes",
    "shift_jobs": "only when somebody sets the clock",
    "bound_since": "at a start",
    "list_jobs": "newest first, until enough match",
    "pace": "the newest thousand",
    "count_open": "for people who ask",
    "unpark": "jobs that do not wait for their turn, when plug-ins were loaded",
    "list_ready": "until enough are found",
    "list_held": "until enough are found",
    "list_interrupted": "for people who ask",
    "paused_counts": "for people who ask",
    "list_ahead": "for people who ask",
    "miscounted": "after the database was damaged",
    "count_anew": "the same",
    "total_anew": "the same",
    "note_loss": "the same",
}
"""Statements that may look at more than they return, and why that is right."""


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Return an empty database."""
    made = open_writer(tmp_path / "meshvisor.db")
    yield made
    made.close()


def test_a_job_has_the_columns_of_its_table(db: sqlite3.Connection) -> None:
    """In the same order: rows are read as they are."""
    columns = [row[1] for row in db.execute("PRAGMA table_info(jobs)")]
    assert columns == list(Job._fields)


@pytest.mark.parametrize("name", sorted(set(QUERIES) - set(WHOLE_TABLES)))
def test_no_scan(db: sqlite3.Connection, name: str) -> None:
    """Neither a table nor an index is read as a whole."""
    statement = QUERIES[name]
    names = set(re.findall(r":(\w+)", statement))
    values = dict.fromkeys(names, 1) if names else (1,) * _places(statement)
    plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    scans = [step for step in plan if step.startswith("SCAN") and not _is_given(step)]
    assert scans in ([], ["SCAN (subquery-2)"]), plan


@pytest.mark.parametrize("name", ["take_in", "pending", "said"])
def test_what_is_said_in_a_room_is_found_by_an_index(db: sqlite3.Connection, name: str) -> None:
    """However many jobs there are, and things to say in other rooms."""
    statement = chat_reports.QUERIES[name]
    names = set(re.findall(r":(\w+)", statement))
    values = dict.fromkeys(names, 1) if names else (1,) * _places(statement)
    plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert [step for step in plan if step.startswith(("SCAN", "USE TEMP"))] == []


def _is_given(step: str) -> bool:
    """Return whether a step goes through what the statement was given."""
    return "CONSTANT" in step or "VIRTUAL TABLE" in step


def test_a_turn_costs_the_same_behind_many(db: sqlite3.Connection) -> None:
    """Steps are counted: a plan does not say how far an index is read."""
    steps = {}
    for waiting in (1_000, 30_000):
        db.execute("DELETE FROM jobs")
        with_many(db, waiting)
        count = 0

        def tick() -> int:
            nonlocal count
            count += 1
            return 0

        db.set_progress_handler(tick, 1)
        groups = claims.groups(db, "lane", ())
        found = claims.waiting(db, "lane", groups, 1, claims.Ageing(Millis(1), 1))
        db.set_progress_handler(None, 1)
        assert (len(groups), len(found)) == (10, 1)
        steps[waiting] = count
    assert steps[30_000] == steps[1_000]


def with_many(db: sqlite3.Connection, waiting: int) -> None:
    """Write so many waiting jobs with two rate keys and five priorities."""
    db.execute("BEGIN")  # one flush to the disk instead of one for each
    db.executemany(
        "INSERT INTO jobs (action, mesh_id, priority, lane, data, rate_key, created_by, "
        "created_name, origin, status, ready, ready_since, rank, attempt, next_try, run, pending, "
        "done, failed, existing, created_at, updated_at) VALUES ('a', 'm', ?, 'lane', '{}', ?, "
        "'u', 'u', 'job', 'queued', 1, 1, 1, 0, 1, 0, 0, 0, 0, 0, 1, 1)",
        [(1 + n % 5, f"key{n % 2}") for n in range(waiting)],
    )
    db.execute("COMMIT")


@pytest.mark.parametrize("name", ["next_group", "heads", "next_lane"])
def test_turns_are_found_by_their_index(db: sqlite3.Connection, name: str) -> None:
    """The partial index of waiting jobs, and no sorting."""
    values = (1,) * _places(QUERIES[name])
    plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {QUERIES[name]}", values)]
    assert len(plan) == 1
    assert "jobs_ready" in plan[0]


def test_the_next_items_are_found_by_their_index(db: sqlite3.Connection) -> None:
    """However many of a job's items have an outcome."""
    plan = list(db.execute(f"EXPLAIN QUERY PLAN {QUERIES['pending_items']}", (1, 1, 1)))
    assert "job_items_pending (job_id=? AND position>?)" in plan[0][3]


def _places(statement: str) -> int:
    numbered = [int(number) for number in re.findall(r"\?(\d+)", statement)]
    return max(numbered) if numbered else statement.count("?")
