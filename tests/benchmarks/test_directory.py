from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path

from benchmarks.access_timing import make_access, time_judgements
from benchmarks.directory import DirectorySize
from meshvisor.features.access.supervisor.directory.sqlite import SqliteBackend
from meshvisor.shared.paths import Home
from meshvisor.shared.store.store import Store

SMALL = DirectorySize(admins=4, permissions=2)


def test_a_home_gets_all_of_it(tmp_path: Path) -> None:
    """The database that a supervisor will open holds every admin and every permission."""
    SMALL.write_into(tmp_path)
    with closing(Store.open(Home(tmp_path).database)) as store:
        found = asyncio.run(SqliteBackend(store, poll_interval=1).load())
    assert set(found.admins) == set(SMALL.make_admins())
    assert set(found.permissions) == set(SMALL.make_permissions())


def test_a_worker_judges_by_all_of_it() -> None:
    """The tables that are timed are those that the supervisor would have sent."""
    access = make_access(SMALL)
    assert access.admins == {one.user_id for one in SMALL.make_admins()}
    assert access.requires_admin == {"command0": True, "command1": False}
    assert time_judgements(SMALL) > 0
