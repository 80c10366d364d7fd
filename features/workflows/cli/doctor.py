"""What `meshvisor doctor` checks of workflows: their engine keeps up, and its database is whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Final

from meshvisor.features.workflows.settings import WorkflowSettings
from meshvisor.supervisor.cli.doctor.check import Check, Examined
from meshvisor.supervisor.cli.doctor.finding import Finding, fail, ok, warn
from meshvisor.supervisor.cli.human import number

NAME: Final = "workflows"
DATABASE: Final = "workflows.db"
VERSION: Final = 1
"""`user_version` of the tables that this version knows."""
MANY_BEHIND: Final = 10_000
"""Events that an engine which keeps up has never before it."""

RESTORE: Final = (
    "stop meshvisor, put the newest var/backups/workflows-*.db in its place, or remove it: "
    "the workflows stay, their executions go"
)


def check(examined: Examined) -> Iterator[Finding]:
    """Look at the engine that should run, and at its database."""
    if examined.settings is not None and not examined.settings.of(WorkflowSettings).enabled:
        yield ok(NAME, "switched off (workflows.enabled)")
        return
    engine = examined.supervisor.get("workflows")
    path = examined.home.var / DATABASE
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if found != "ok":
                yield fail(NAME, f"var/{DATABASE} is damaged: {found}", RESTORE)
                return
            if version > VERSION:
                yield fail(NAME, f"var/{DATABASE} was made by a newer version", "update meshvisor")
                return
            row = db.execute("SELECT value FROM meta WHERE name = 'cursor'").fetchone()
            query = "SELECT count(*) FROM executions WHERE completed_at IS NULL"
            (live,) = db.execute(query).fetchone()
    except sqlite3.Error as error:
        yield fail(NAME, f"var/{DATABASE} cannot be read: {error}", RESTORE)
        return
    if engine is not None and not (engine.get("pid") and engine.get("linked")):
        yield fail(NAME, "their engine does not run", "look why: meshvisor logs supervisor")
        return
    behind = 0 if row is None else _behind(examined, int(row[0]))
    if engine is not None and behind > MANY_BEHIND:
        advice = "meshvisor workflows executions shows what it does; look again in a minute"
        yield warn(NAME, f"their engine has {number(behind, 'event')} before it", advice)
        return
    where = "" if engine is None else f"the engine is PID {engine['pid']}; "
    yield ok(NAME, f"{where}{number(live, 'execution')} under way")


def _behind(examined: Examined, cursor: int) -> int:
    """Return how many events the engine has not looked at; 0: the log cannot be read."""
    path = examined.home.database
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            (last,) = db.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()
    except sqlite3.Error:
        return 0
    return max(0, int(last) - cursor)


CHECKS: Final = (Check(name=NAME, position=98, examine=check),)
