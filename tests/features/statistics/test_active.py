"""Users who were active since a moment, from events that no statistics of days have yet."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from meshvisor.features.statistics.model.kinds import SYNTHETIC, Kind
from meshvisor.features.statistics.store import partitions
from meshvisor.features.statistics.store.database import transaction
from meshvisor.features.statistics.store.names import Names
from meshvisor.features.statistics.store.partitions import UsageEvent
from meshvisor.features.statistics.store.reading import opened

MIDNIGHT = round(datetime(2026, 12, 1, tzinfo=UTC).timestamp())
HOUR = 3600


def test_active(db: sqlite3.Connection, path: Path) -> None:
    """Each counts once, also over the end of a month; no names, exits and errors do not."""
    with opened(path) as statistics:
        assert statistics.active_since(MIDNIGHT) is None

    def keep(*events: tuple[int, str, Kind], mark: int = 0) -> None:
        rows = [
            UsageEvent(MIDNIGHT + hour * HOUR, "lobby", person, kind, "", 1)
            for hour, person, kind in events
        ]
        with transaction(db):
            partitions.append(db, Names(db), rows, mark=mark)

    # One month alone, too: there is nothing to unite then.
    keep((-3, "ann", Kind.MESSAGE), (-3, "ann", Kind.JOIN), (-2, "ann", Kind.MESSAGE))
    with opened(path) as statistics:
        assert statistics.active_since(MIDNIGHT - 3 * HOUR) == 1
    keep((-3, "ann", Kind.MESSAGE), (1, "ann", Kind.COMMAND), (-2, "bob", Kind.JOIN))
    keep((0, "", Kind.MESSAGE), (0, "cid", Kind.LEAVE), (0, "dan", Kind.ERROR))
    keep((0, "eve", Kind.JOIN), mark=SYNTHETIC)
    with opened(path) as statistics:
        assert statistics.active_since(MIDNIGHT - 3 * HOUR) == 2
        assert statistics.active_since(MIDNIGHT - 2 * HOUR - 1) == 2
        assert statistics.active_since(MIDNIGHT - HOUR) == 1
        assert statistics.active_since(MIDNIGHT + HOUR + HOUR - 1) == 1
        assert statistics.active_since(MIDNIGHT + 2 * HOUR) is None
