"""What a health check measures of the station."""

from __future__ import annotations

import sqlite3
from typing import Final

from meshvisor.shared.health import HealthFigure


def online(db: sqlite3.Connection, _now: int) -> float:
    """Return how many users are online."""
    (count,) = db.execute("SELECT count(*) FROM station_users WHERE is_online = 1").fetchone()
    return float(count)


FIGURES: Final = (HealthFigure("users_online", "users who are online", measure=online),)
