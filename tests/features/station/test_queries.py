"""Statements that run for each report, or again and again, find their rows by an index."""

from __future__ import annotations

import re
from typing import Final

import pytest

from meshvisor.features.station.supervisor import alerts, people, prepared_zones
from tests.features.station.conftest import Bench

PLANS: Final = {
    "of_key": "INDEX station_alerts_open_key",
    "of_request": "INDEX station_alerts_request (idempotency_key=?)",
    "list": "INTEGER PRIMARY KEY",
    "count": "COVERING INDEX station_alerts_state",
    "notes": "INDEX station_alert_notes_of (alert_id=?)",
    "count_outdated": "INDEX station_alerts_resolved",
    "standings": "PRIMARY KEY (user_id=?)",
    "standing": "PRIMARY KEY (user_id=? AND zone=?)",
    "due": "INDEX station_standings_due",
    "next_due": "INDEX station_standings_due",
    "count_users": "INDEX station_standings_in (zone=?)",
    "users": "INDEX station_standings_in (zone=?",
    "place": "PRIMARY KEY (user_id=?)",
    "state": "PRIMARY KEY (user_id=?)",
    "see": "PRIMARY KEY (user_id=?)",
    "move": "PRIMARY KEY (user_id=?)",
    "idle": "INDEX station_users_online",
    "next_idle": "INDEX station_users_online",
    "groups_of": "PRIMARY KEY (user_id=?)",
    "zones_of": "PRIMARY KEY (user_id=?)",
    "trim_positions": "PRIMARY KEY (user_id=?",
    "positions": "PRIMARY KEY (user_id=? AND at<?)",
    "remove_old_positions": "PRIMARY KEY (user_id=? AND at<?)",
    "old_users": "INDEX station_users_seen",
}

LOOKED_THROUGH: Final = {"count": "all of an index", "remove_old_positions": "user by user"}
"""Those that look at all there is, and how."""


@pytest.mark.parametrize("name", PLANS)
def test_plans(bench: Bench, name: str) -> None:
    """No table is read from its beginning but where that is said."""
    queries = {**alerts.QUERIES, **people.QUERIES, **prepared_zones.QUERIES}
    if name in {"list", "count"}:
        queries = {**alerts.QUERIES}
    statement = re.sub(r":[a-z_]+|\?", "1", queries[name])
    rows = bench.store.read_now(lambda db: db.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall())
    plan = [row[3] for row in rows]
    assert any(PLANS[name] in step for step in plan), plan
    if name not in LOOKED_THROUGH:
        assert not [step for step in plan if re.match(r"SCAN \w+$", step)], plan
