"""What the engine tells is taken in once, and counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.model.definition import read_definition
from meshvisor.features.workflows.supervisor import definitions
from meshvisor.features.workflows.supervisor.reports import MOST_REASONS, Reports
from meshvisor.shared.events import log
from meshvisor.shared.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return a database with one workflow."""
    made = Store.open(tmp_path / "meshvisor.db")
    document = read_definition({"name": "w", "triggers": ["manual"], "steps": []})
    made.write_now(
        lambda db: definitions.insert(
            db, document, actor="ann", owner=None, now=1, is_active=True, template_id=None
        )
    )
    yield made
    made.close()


def entry(number: int, kind: str, **data: Any) -> dict[str, Any]:
    """Return something that the engine tells."""
    about = {"execution": number, "workflow_id": 1, **data}
    return {
        "number": number, "at": 1_000, "kind": f"workflow.{kind}", "workflow": "w",
        "workflow_id": 1, "data": about, "correlation_id": "c", "depth": 2,
    }  # fmt: skip


async def test_each_once(store: Store) -> None:
    """A report that is sent again, because its answer was lost, changes nothing."""
    reports = Reports(store)
    entries = [entry(1, "started"), entry(2, "completed", duration_ms=40)]
    assert await reports.take(entries) == 2
    assert await reports.take([*entries, entry(3, "started")]) == 3
    assert await reports.take([]) == 3
    row = await store.read(lambda db: definitions.find(db, "w"))
    assert (row.started, row.completed, row.total_ms, row.last_executed_at) == (2, 1, 40, 1_000)
    events = (await store.read(lambda db: log.read(db, 0, 10))).events
    assert [event.kind.partition(".")[2] for event in events] == ["started", "completed", "started"]
    assert {(event.correlation_id, event.depth) for event in events} == {("c", 2)}


async def test_reasons(store: Store) -> None:
    """Failures are counted by their reason without numbers of jobs, and not without end."""
    reports = Reports(store)
    await reports.take([entry(n, "failed", error=f"job {n} has failed") for n in range(1, 6)])
    await reports.take([entry(n, "failed", error=f"x{n}") for n in range(6, MOST_REASONS + 30)])
    rows = await store.read(
        lambda db: dict(db.execute("SELECT reason, count FROM workflow_failures").fetchall())
    )
    assert rows[say.JOB_FAILED(job_id="…")] == 5
    assert len(rows) == MOST_REASONS + 1
    assert rows[say.OTHER_REASONS()] == 25
