"""`meshvisor salvage`: goes on with what can be read of a damaged database."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final, Protocol

import click

from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.feature import parts
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.offline import HomeBusyError, locked
from meshvisor.supervisor.cli.terminal import clean

TITLES: Final = {"audit_log": "entries of the audit log", "events": "events"}
"""Tables of the kernel that people know; the others hold what makes itself anew."""


class Repair(Protocol):
    """What a feature does about its rows of a damaged database (`Feature.repair`); one salvage."""

    titles: Mapping[str, str]
    """Its tables that people know."""

    def __init__(self, now: int) -> None: ...

    def apply(self, database: sqlite3.Connection) -> None:
        """Make what was saved agree with each other."""

    def losses(self) -> dict[str, Any]:
        """Return what is gone, for `--json`."""

    def sentences(self, result: Mapping[str, Any]) -> Iterator[str]:
        """Yield the same for people, from a whole result."""


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
    from meshvisor.shared.events import log as events
    from meshvisor.shared.home_files import unreadable
    from meshvisor.shared.store import salvage as store

    path = invocation.home.database
    try:
        problem = store.problem(path)
    except OSError as error:
        raise unreadable(path, error) from error
    now = round(time.time() * 1000)
    repairs = [repair(now) for _, repair in parts("repair")]
    losses = {name: lost for repair in repairs for name, lost in repair.losses().items()}
    if problem is None:
        return {"database": str(path), "problem": None, "aside": None, "tables": [], **losses}
    aside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")

    def repair_all(database: sqlite3.Connection) -> None:
        for repair in repairs:
            repair.apply(database)
        events.continue_salvaged(database, now)

    try:
        saved = store.salvage(path, aside, repair_all)
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
        **{name: lost for repair in repairs for name, lost in repair.losses().items()},
    }


def _view(result: dict[str, Any]) -> str:
    if result["problem"] is None:
        return f"{clean(result['database'])} is sound; there is nothing to salvage."
    lines = [
        f"{clean(result['database'])} was damaged ({clean(result['problem'])}).",
        f"The damaged files are kept in {clean(result['aside'])}.",
        "What could be read of them is in use from now on:",
    ]
    repairs = [repair(0) for _, repair in parts("repair")]
    titles = {**TITLES}
    for repair in repairs:
        titles |= repair.titles
    for table in result["tables"]:
        title = titles.get(table["name"])
        if title is not None and (table["rows"] or not table["whole"]):
            missing = "" if table["whole"] else "; others could not be read"
            lines.append(f"  {table['rows']:>9,} {title}{missing}")
    losses = [line for repair in repairs for line in repair.sentences(result)]
    return "\n".join([*lines, *losses, "Now: meshvisor run"])
