"""Pages of jobs and items that the console reads itself, held against the supervisor's answers."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from meshvisor.features.jobs import counting
from meshvisor.features.jobs.model.job import FINISHED, ItemState, JobStatus
from meshvisor.features.jobs.results import ItemList, JobList
from meshvisor.features.jobs.routes import pages
from meshvisor.features.jobs.supervisor import view
from meshvisor.features.jobs.supervisor.ledger import enqueue, reading
from meshvisor.features.jobs.supervisor.ledger.job import Creator, Millis, NewJob
from meshvisor.features.jobs.supervisor.ledger.reading import Filter
from meshvisor.features.jobs.supervisor.ledger.repair import LedgerRepair
from meshvisor.shared.errors import UnknownError
from meshvisor.shared.store.connection import open_writer

NASTY = 'a "quoted" \\ <script> \u202e\x00\x1b[31m\n\u2028 ü 🦊'
"""What a name or a message may be."""

NOW = Millis(1_790_000_000_001)


OF_JOBS = "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'jobs'"
"""The rules of what may become of a job, which the jobs of this database do not follow."""


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Return a database with jobs of every status, and items of every state."""
    made = open_writer(tmp_path / "meshvisor.db")
    creator = Creator("u" + NASTY, NASTY, "chat", place="room", is_direct=True)
    plain = NewJob("add", "lobby", 3, "lane", "key", {}, creator)
    full = replace(
        plain,
        key=NASTY,
        target=NASTY,
        deadline=5_000,
        wait_timeout=999,
        items=("a", NASTY, "c", "d"),
    )
    for number in range(8):
        enqueue.enqueue(made, full if number == 1 else plain, Millis(NOW + number))
    made.execute(
        "UPDATE jobs SET started_at = ?, attempt = 2, wanted = 'pause' WHERE id = 2", (NOW,)
    )
    for (rule,) in made.execute(OF_JOBS).fetchall():
        made.execute(f"DROP TRIGGER {rule}")
    for number, (status, ready, error) in enumerate(
        (
            ("active", 0, None),
            ("paused", 0, "by hand"),
            ("interrupted", 0, None),
            ("completed", 0, None),
            ("failed", 0, NASTY),
            ("cancelled", 0, None),
        ),
        3,
    ):
        made.execute(
            "UPDATE jobs SET status = ?, ready = ?, error = ?, finished_at = ?, pause_reason = ?, "
            "resume_after = ?, preempted_by = ?, stuck_since = ? WHERE id = ?",
            (
                status, ready, error, NOW + 59_999 if number > 5 else None,
                "operator" if status == "paused" else None, NOW, 1, NOW, number,
            ),
        )  # fmt: skip
    states = ("done", "failed", "existing", "pending")
    for position, state in enumerate(states):
        made.execute(
            "UPDATE job_items SET state = ?, result = ?, error = ?, attempt = ?, updated_at = ? "
            "WHERE job_id = 2 AND position = ?",
            (state, '{"a":[1,null]}' if position else None, NASTY, position, NOW, position),
        )
    yield made
    made.close()


def of_the_console(
    db: sqlite3.Connection, statuses: Sequence[JobStatus], limit: int = 50, **wanted: Any
) -> Any:
    """Return what the console sends."""
    fields = dict.fromkeys(("action", "mesh_id", "lane", "created_by", "target", "before"))
    return json.loads(pages.jobs(db, {**fields, **wanted, "limit": limit}, statuses))


def of_the_supervisor(
    db: sqlite3.Connection, statuses: Sequence[JobStatus], limit: int = 50, **wanted: Any
) -> Any:
    """Return what the control socket answers to the same."""
    found = reading.list_jobs(db, Filter(tuple(statuses), **wanted), limit + 1)
    page = JobList(jobs=tuple(map(view.info, found[:limit])), more=len(found) > limit)
    return page.model_dump(mode="json")


@pytest.mark.parametrize("few", [0, pages.MOST_FEW])
def test_jobs_are_listed_as_by_the_supervisor(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """Every field of every status, each filter, and a page that is not the last; with few jobs
    of a state and with many.
    """
    monkeypatch.setattr(pages, "MOST_FEW", few)
    everything = of_the_supervisor(db, ())
    assert {job["status"] for job in everything["jobs"]} == set(JobStatus)
    assert of_the_console(db, ()) == everything
    for status in JobStatus:
        assert of_the_console(db, (status,)) == of_the_supervisor(db, (status,))
    for wanted in (
        {"target": NASTY}, {"mesh_id": "none"}, {"lane": "lane", "before": 4}, {"action": "add"},
        {"created_by": "u" + NASTY}, {"limit": 3},
    ):  # fmt: skip
        some = (JobStatus.QUEUED, JobStatus.FAILED)
        assert of_the_console(db, some, **wanted) == of_the_supervisor(db, some, **wanted)
        assert of_the_console(db, (), **wanted) == of_the_supervisor(db, (), **wanted)


@pytest.mark.parametrize(
    "states", [(), *((state,) for state in ItemState), (ItemState.DONE, ItemState.FAILED)]
)
def test_items_are_listed_as_by_the_supervisor(
    db: sqlite3.Connection, states: tuple[ItemState, ...]
) -> None:
    """Every field of every state, and the pages behind the first."""
    for after, limit in ((-1, 10), (-1, 1), (1, 2)):
        rows = reading.list_items(db, 2, states, after, limit + 1)
        items = tuple(map(view.item, rows[:limit]))
        expected = ItemList(job_id=2, items=items, more=len(rows) > limit).model_dump(mode="json")
        assert json.loads(pages.items(db, 2, states, after, limit)) == expected
    with pytest.raises(UnknownError, match="no job 77"):
        pages.items(db, 77, states, -1, 1)


def test_a_page_of_long_entries_is_shorter(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says that there are more, and has at least one."""
    monkeypatch.setattr(pages, "LARGEST_PAGE", 1)
    page = of_the_console(db, ())
    assert (len(page["jobs"]), page["more"]) == (1, True)


def test_counts_of_ended_jobs_follow_what_happens(tmp_path: Path) -> None:
    """Jobs that end, are queued again and are removed: the kept numbers are those of the rows."""
    made = open_writer(tmp_path / "meshvisor.db")
    plain = NewJob("add", "lobby", 3, "lane", "key", {}, Creator("u", "u", "job"))
    for number in range(6):
        enqueue.enqueue(made, plain, Millis(NOW + number))
    end = "UPDATE jobs SET status = ?, ready = 0, finished_at = 5 WHERE id = ?"
    again = "UPDATE jobs SET status = 'queued', ready = 1, finished_at = NULL WHERE id = ?"
    for step, values in (
        ("UPDATE jobs SET status = 'active', ready = 0 WHERE id < 5", ()),
        (end, ("completed", 1)), (end, ("completed", 2)), (end, ("failed", 3)),
        (end, ("failed", 4)), (end, ("cancelled", 5)), (again, (4,)),
        ("DELETE FROM jobs WHERE id IN (1, 6)", ()),
    ):  # fmt: skip
        made.execute(step, values)
        found = counting.stats(made)
        assert {name: getattr(found, name) for name in FINISHED} == {
            name: made.execute("SELECT count(*) FROM jobs WHERE status = ?", (name,)).fetchone()[0]
            for name in FINISHED
        }
    assert (found.completed, found.failed, found.cancelled, found.queued) == (1, 1, 1, 1)
    made.execute("UPDATE job_totals SET jobs = 77")
    LedgerRepair(NOW).apply(made)
    assert counting.stats(made) == found
    # One that has made room waits for its turn; one that an operator has paused does not.
    made.execute("UPDATE jobs SET status = 'active', ready = 0 WHERE id = 4")
    paused = "UPDATE jobs SET status = 'paused', pause_reason = 'preempted'"
    for ready in (0, 1):
        made.execute(f"{paused}, ready = ? WHERE id = 4", (ready,))
        found = counting.stats(made)
        assert (found.paused, found.paused_for_turn) == (1, ready)
    made.close()


def test_rare_ones_are_found_by_their_index(db: sqlite3.Connection) -> None:
    """Jobs of few states among very many others, and failed items among very many others."""
    asked: list[str] = []
    for some in ({JobStatus.PAUSED}, {JobStatus.FAILED}, {JobStatus.ACTIVE, JobStatus.CANCELLED}):
        db.set_trace_callback(asked.append)
        of_the_console(db, tuple(some))
        db.set_trace_callback(None)
        plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {asked[-1]}")]
        assert "SEARCH jobs USING INTEGER PRIMARY KEY (rowid=?)" in plan
        assert not [line for line in plan if line.startswith("SCAN") and "INDEX" not in line]
    failed = pages.QUERIES["items"].format(updated_at="0", state="state = 'failed'")
    given = {"job_id": 1, "after": 0, "limit": 1}
    plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {failed}", given)]
    assert plan == ["SEARCH job_items USING INDEX job_items_failed (job_id=? AND position>?)"]
