"""The database file: its pages and tables are sound.  Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from meshvisor.shared.home_files import unreadable
from meshvisor.shared.paths import Home
from meshvisor.shared.store.salvage import problem
from meshvisor.supervisor.cli.doctor.finding import Finding, fail, ok


def check(home: Home) -> Iterator[Finding]:
    """Read all of it."""
    try:
        found = problem(home.database)
    except OSError as error:
        yield fail("database", str(unreadable(home.database, error)), "no supervisor starts so")
        return
    if found is not None:
        yield fail(
            "database",
            f"{home.database} is damaged ({found})",
            "stop meshvisor, then restore a backup, or save what can be read: meshvisor salvage",
        )
    elif home.database.exists():
        yield ok("database", f"{home.database} is sound")
    else:
        yield ok("database", f"{home.database} will be made at the first start")
