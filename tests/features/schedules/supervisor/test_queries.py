"""Statements that run at each fire find their rows by an index, however long the history is."""

from __future__ import annotations

import re
from typing import Final

import pytest

from meshvisor.features.schedules.supervisor.ledger import QUERIES
from tests.features.schedules.supervisor.conftest import MakeBench

PLANS: Final = {
    "open_fires": "USING INDEX schedule_fires_open (schedule=?)",
    "waiting_schedules": "schedule_fires_open",
    "end_fire": "INDEX schedule_fires_by_job (job_id=?)",
    "submit_fire": "USING PRIMARY KEY (schedule=? AND planned_at=?)",
    "skip_fire": "USING PRIMARY KEY (schedule=? AND planned_at=?)",
    "history": "USING PRIMARY KEY (schedule=? AND planned_at<?)",
    "outdated": "USING INDEX schedule_fires_by_time (planned_at<?)",
    "outdated_of": "USING PRIMARY KEY (schedule=? AND planned_at<?)",
    "settle": "USING PRIMARY KEY (name=?)",
    "position": "USING PRIMARY KEY (name=?)",
    "definitions": "USING PRIMARY KEY (name>?)",
    "due": "USING INDEX schedule_positions_due (next_at>? AND next_at<?)",
    "newest_due": "USING INDEX schedule_positions_due (next_at>? AND next_at<?)",
    "next_at": "USING INDEX schedule_positions_due",
    "stale": "USING INDEX schedule_positions_stale",
    "actions": "USING COVERING INDEX schedule_positions_actions",
    "problems": "schedule_positions_problems",
}


@pytest.mark.parametrize("name", PLANS)
def test_plans(make: MakeBench, name: str) -> None:
    """No table is read from its beginning, and nothing is sorted."""
    statement = QUERIES[name]
    statement = re.sub(r":[a-z_]+", "NULL", statement)
    statement = statement.replace("?", "NULL")
    plan = [row[3] for row in make().rows(f"EXPLAIN QUERY PLAN {statement}")]
    assert PLANS[name] in plan[0]
    assert not [step for step in plan if "TEMP B-TREE" in step]
