"""The action `health-check`: measures, and has the supervisor draw the conclusions.

Owns what is measured where.  A figure that cannot be measured is left out, and its alert stays as
it is; only a supervisor that does not answer fails the job.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from functools import partial
from typing import Any, Final

from meshvisor.features.health.figures import ACTIVE_WITHIN
from meshvisor.features.health.worker import machine
from meshvisor.features.jobs.worker.context import JobContext
from meshvisor.features.jobs.worker.home import HomeData
from meshvisor.features.statistics.store.database import database_of
from meshvisor.features.statistics.store.reading import opened
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.feature import parts
from meshvisor.shared.health import Measure
from meshvisor.shared.paths import Home

log = logging.getLogger(__name__)

RUNNING: Final = "running"
"""State of a supervisor that has a fleet."""

OPERATOR: Final = "operator"
"""Reason of a block that an operator wanted, which is no reason for an alert."""


def check(job: JobContext) -> None:
    """Do it; `BuiltInAction.function`."""
    with HomeData(f"job:{job.id}") as home:
        values = {
            **machine.measure(home.home.root),
            **_database(home),
            **_fleet(home),
            **_usage(home.home),
        }
        result = home.ask("health_report", figures=values, dry_run=job.dry_run)
    job.log(sentence(result))


def sentence(result: dict[str, Any]) -> str:
    """Return what a check has found."""
    figures = {one["name"]: one for one in result["figures"]}
    bad = [
        f"{figures[one['figure']]['about']} {one['value']:g}{figures[one['figure']]['unit']}"
        f" ({one['severity']})"
        for one in result["alerts"]
    ]
    text = f"health is {result['status']}"
    text += f": {', '.join(bad)}" if bad else ""
    for what in ("raised", "cleared"):
        if result[what]:
            text += f"; {what}: {', '.join(result[what])}"
    return text if result["record"] else f"a dry run: {text}"


# Private


def _database(home: HomeData) -> dict[str, float | None]:
    now = round(time.time() * 1000)
    begin = time.monotonic()
    # All tables are looked at for the newest row of the log, which is a page from the disk at most.
    home.read(lambda db: db.execute("SELECT max(seq) FROM events").fetchone())
    found: dict[str, float | None] = {"database_ms": round(1000 * (time.monotonic() - begin), 2)}
    for _, figures in parts("health"):
        for figure in figures:
            if figure.measure is not None:
                try:
                    found[figure.name] = home.read(partial(_measured, figure.measure, now))
                except Exception as error:  # noqa: BLE001 - one figure must not cost the others
                    log.warning("the figure %s is not measured: %s", figure.name, error)
    return found


def _measured(measure: Measure, now: int, db: sqlite3.Connection) -> float | None:
    return measure(db, now)


def _usage(home: Home) -> dict[str, float | None]:
    """Return active users as statistics know them; empty: those of the event log stand."""
    path = database_of(home)
    if not path.exists():
        return {}
    try:
        with opened(path) as statistics:
            active = statistics.active_since(round(time.time()) - ACTIVE_WITHIN // 1000)
    except MeshvisorError as error:
        log.warning("active users are not counted: %s", error)
        return {}
    return {} if active is None else {"users_active": active}


def _fleet(home: HomeData) -> dict[str, float]:
    if home.ask("status")["supervisor"]["state"] != RUNNING:
        return {}  # a run in the foreground has no workers, which says nothing of the fleet
    sums = home.ask("health")
    blocked = home.ask("blocklist_list")["blocked"]
    return {
        "workers_memory_mb": round(sums["memory_bytes"] / 1_000_000, 1),
        "meshes_wanted": sums["total"],
        "meshes_connected": sums["connected"],
        "workers_unhealthy": sums["unhealthy"],
        "workers_failed": sums["failed"],
        "meshes_blocked": sum(one["reason"] != OPERATOR for one in blocked),
    }
