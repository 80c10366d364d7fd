"""`meshvisor salvage`: goes on with what can be read of a damaged database."""

from __future__ import annotations

import sqlite3
import time
from typing import Any, Final

import click

from meshvisor.shared.errors import MeshvisorError
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import number
from meshvisor.supervisor.cli.offline import HomeBusyError, locked
from meshvisor.supervisor.cli.terminal import clean

TITLES: Final = {
    "credentials": "credentials",
    "admin_users": "admins",
    "command_permissions": "permissions",
    "audit_log": "entries of the audit log",
    "jobs": "jobs",
    "job_history": "entries of their history",
    "job_items": "items",
    "events": "events",
}
"""Tables that people know; the others hold what makes itself anew."""


@click.command(
    cls=Command,
    examples=(
        "salvage",
        "salvage --home /srv/meshvisor",
    ),
    short_help="Go on with what can be read of a damaged database.",
)
@pass_invocation
def salvage(invocation: Invocation) -> None:
    """Go on with what can be read of a damaged database; the damaged one is kept."""
    try:
        with locked(invocation.home, time.sleep):
            result = _salvage(invocation)
    except HomeBusyError as error:
        raise MeshvisorError(f"{error} (meshvisor shutdown stops it)") from None
    invocation.show(result, _view)


# Private


def _salvage(invocation: Invocation) -> dict[str, Any]:
    from meshvisor.features.jobs.supervisor.ledger.mending import Mending
    from meshvisor.shared.events import log as events
    from meshvisor.shared.home_files import unreadable
    from meshvisor.shared.store import salvage as store

    path = invocation.home.database
    try:
        problem = store.problem(path)
    except OSError as error:
        raise unreadable(path, error) from error
    if problem is None:
        return {"database": str(path), "problem": None, "aside": None, "tables": [], "jobs": []}
    aside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
    now = round(time.time() * 1000)
    mending = Mending(now)

    def mend(db: sqlite3.Connection) -> None:
        mending.mend(db)
        events.continue_salvaged(db, now)

    try:
        saved = store.salvage(path, aside, mend)
    except OSError as error:
        raise MeshvisorError(
            f"{path} cannot be copied ({error.strerror}); make room beside it, then try again"
        ) from error
    return {
        "database": str(path),
        "problem": problem,
        "aside": str(saved.aside),
        "tables": [
            {"name": one.name, "rows": one.rows, "whole": one.whole} for one in saved.tables
        ],
        "jobs": [{"id": job_id, "lost_items": lost} for job_id, lost in mending.lost],
    }


def _view(result: dict[str, Any]) -> str:
    if result["problem"] is None:
        return f"{clean(result['database'])} is sound; there is nothing to salvage."
    lines = [
        f"{clean(result['database'])} was damaged ({clean(result['problem'])}).",
        f"The damaged files are kept in {clean(result['aside'])}.",
        "What could be read of them is in use from now on:",
    ]
    for table in result["tables"]:
        title = TITLES.get(table["name"])
        if title is not None and (table["rows"] or not table["whole"]):
            missing = "" if table["whole"] else "; others could not be read"
            lines.append(f"  {table['rows']:>9,} {title}{missing}")
    losses = [
        f"Job {job['id']} has lost {number(job['lost_items'], 'item')}." for job in result["jobs"]
    ]
    return "\n".join([*lines, *losses, "Now: meshvisor run"])
