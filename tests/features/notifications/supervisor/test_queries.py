"""Statements that run for each notification find their rows by an index, however many there are."""

from __future__ import annotations

import re
from typing import Final

import pytest

from meshvisor.features.notifications.supervisor.outbox import QUERIES
from tests.features.notifications.supervisor.conftest import MakeBench

PLANS: Final = {
    "same": "INDEX notifications_by_key (key=?)",
    "due": "INDEX deliveries_due (channel=?)",
    "due_to_gather": "INDEX deliveries_due (channel=?)",
    "leased": "INTEGER PRIMARY KEY",
    "release": "INDEX deliveries_sending",
    "tell_again": "(notification_id=?)",
    "settle": "INTEGER PRIMARY KEY",
    "old": "INDEX notifications_by_state (state=? AND updated_at<?)",
    "channel": "PRIMARY KEY (channel=?)",
    "trouble": "PRIMARY KEY (trouble=?)",
    "listed": "INTEGER PRIMARY KEY",
    "next_due": "given",
}


@pytest.mark.parametrize("name", PLANS)
def test_plans(make: MakeBench, name: str) -> None:
    """No table is read from its beginning."""
    statement = re.sub(r"(?<!:):[a-z_]+|\?", "NULL", QUERIES[name])
    plan = [row[3] for row in make().rows(f"EXPLAIN QUERY PLAN {statement}")]
    assert any(PLANS[name] in step for step in plan), plan
    assert not [step for step in plan if re.match(r"SCAN notif\w+$", step)], plan
