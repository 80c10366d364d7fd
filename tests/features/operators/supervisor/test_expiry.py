"""What has ended goes a portion at a time, and nothing that has not."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from meshvisor.features.operators.supervisor import expiry
from meshvisor.shared.store.store import Store

NOW: Final = 1_000_000


def fill(db: sqlite3.Connection) -> None:
    """Make sessions that have expired, idled, and go on, and two links."""
    db.execute(
        "INSERT INTO operators (name, role, created_at, created_by) VALUES ('ann', 'admin', 1, 'x')"
    )
    for digest, seen_at, expires_at, idle in (
        ("expired", NOW, NOW - 1, 10**9),
        ("idle", NOW - 500, 10**9, 400),
        ("open", NOW, 10**9, 400),
    ):
        db.execute(
            "INSERT INTO operator_sessions (digest, operator, created_at, seen_at, expires_at, "
            "idle, address, agent) VALUES (?, 'ann', 1, ?, ?, ?, '', '')",
            (digest, seen_at, expires_at, idle),
        )
    for digest, expires_at in (("old", NOW - 1), ("new", NOW)):
        db.execute(
            "INSERT INTO operator_links (digest, created_at, created_by, expires_at) "
            "VALUES (?, 1, 'x', ?)",
            (digest, expires_at),
        )


def test_what_has_ended_goes(tmp_path: Path) -> None:
    """As many as were counted, those first that are sessions."""
    store = Store.open(tmp_path / "meshvisor.db")
    store.write_now(fill)
    assert store.read_now(lambda db: expiry.count(db, NOW)) == 3
    removed = []
    while some := store.write_now(lambda db: expiry.remove(db, NOW, 1)):
        removed.append(some)
    assert removed == [1, 1, 1]
    query = "SELECT digest FROM operator_sessions UNION ALL SELECT digest FROM operator_links"
    left = store.read_now(lambda db: db.execute(query).fetchall())
    assert left == [("open",), ("new",)]
    store.close()
