"""kill -9 at every statement of a change: the change, its audit entry and its event, or nothing."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from meshvisor.features.access.supervisor.administration.administration import Administration
from meshvisor.features.access.supervisor.administration.session import Session
from meshvisor.features.access.supervisor.directory.model import Account
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.paths import Home
from tests.directories import NOON, OPERATOR, DirectoryHome, SmallFleet, account

PROJECT: Final = Path(__file__).parents[5]

PROGRAM: Final = """
# Does one thing once in each home, in a process of its own that kills itself before its n-th
# statement; the last one lives.
import asyncio, os, shutil, signal, sys
from dataclasses import replace
from pathlib import Path

from pydantic import SecretStr

from meshvisor.features.access.supervisor.administration.administration import Administration
from meshvisor.features.access.supervisor.administration.session import Session
from meshvisor.shared.clock import SystemClock
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.model import default_settings
from meshvisor.supervisor.audit.log import Actor
from tests.directories import SmallFleet, account, close_directory, open_directory

ANN = Actor("11 (ann)", "lobby", "11")

async def renewed(known):
    return replace(known, auth_token=SecretStr("renewed"))

async def work(home, what, statements):
    opened = open_directory(Home(home), default_settings(), SystemClock())
    await opened.directory.start()
    administration = Administration(opened, SystemClock(), SmallFleet())
    session = Session(opened, SmallFleet(), renewed)
    left = statements

    def traced(statement):
        nonlocal left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    await opened.store.write(lambda db: db.set_trace_callback(traced))
    left = statements  # without what ends the transaction of the line above
    await {
        "add": lambda: administration.add_admin("12", ANN),
        "remove": lambda: administration.remove_admin("11", ANN),
        "set": lambda: administration.set_permission("ping", "user", ANN),
        "unset": lambda: administration.unset_permission("ping", ANN),
        "save": lambda: session.save(account("new"), ANN),
        "keep": lambda: session.keep("file", ANN),
        "relogin": lambda: session.relogin(ANN),
    }[what]()
    left = -1  # nothing that follows is killed
    await close_directory(opened)

def main(first, folder, what):
    for statements in range(100):
        home = folder / f"home-{statements}"
        shutil.copytree(first, home)
        child = os.fork()
        if child == 0:
            asyncio.run(work(home, what, statements))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status == 0:
            print(statements)
            return
        assert os.WTERMSIG(status) == signal.SIGKILL, status

main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
"""

OUTCOMES: Final = {
    "add": ("SELECT count(*) FROM admin_users WHERE _id = '12'", "admin.add", "admin.added"),
    "remove": (
        "SELECT NOT isActive FROM admin_users WHERE _id = '11'", "admin.remove", "admin.removed",
    ),
    "set": (
        # The permission has another spelling from before, which goes with the same change.
        "SELECT group_concat(_id || requiresAdmin) = 'ping0' FROM command_permissions",
        "perm.set", "permission.set",
    ),
    "unset": (
        "SELECT count(*) = 0 FROM command_permissions", "perm.unset", "permission.removed",
    ),
    "save": (
        "SELECT authToken = 'new' FROM credentials", "credentials.save", "credentials.saved",
    ),
    "keep": (
        "SELECT authToken = 'file' FROM credentials",
        "credentials.keep file", "credentials.saved",
    ),
    "relogin": (
        "SELECT authToken = 'renewed' FROM credentials", "relogin", "session.renewed",
    ),
}  # fmt: skip


@pytest.mark.faults
@pytest.mark.parametrize("what", OUTCOMES)
@pytest.mark.some(3)
async def test_a_killed_change(place: DirectoryHome, tmp_path: Path, what: str) -> None:
    """Wherever it is killed; after the next start the account's file agrees with the database."""
    await _prepare(place, what)
    homes = await asyncio.to_thread(_kill_each, place.home, tmp_path, what)
    assert len(homes) > 5
    found = [_found(home, what) for home in homes]
    assert set(found) == {(0, 0, 0), (1, 1, 1)}
    # It has happened from some statement on, and in the one that was not killed.
    assert found == sorted(found)
    if what in {"save", "relogin"}:
        for home, (is_changed, *_) in zip(homes, found, strict=True):
            restarted = DirectoryHome(home)
            known = (await restarted.open()).directory.account
            await restarted.close()
            token = known.auth_token.get_secret_value() if known else None
            assert token == (restarted.file()["authToken"] if known else None)
            assert (token in {"new", "renewed"}) == bool(is_changed)


@pytest.mark.parametrize("table", ["audit_log", "events"])
@pytest.mark.parametrize("what", ["add", "remove", "set", "unset", "save"])
async def test_an_append_that_fails(place: DirectoryHome, table: str, what: str) -> None:
    """Undoes the change of the directory; once it works again, so does the change."""
    await _prepare(place, what)
    opened = await place.open()
    administration = Administration(opened, place.clock, SmallFleet())
    session = Session(opened, SmallFleet(), _same)

    changes: dict[str, Callable[[], Awaitable[object]]] = {
        "add": lambda: administration.add_admin("12", OPERATOR),
        "remove": lambda: administration.remove_admin("11", OPERATOR),
        "set": lambda: administration.set_permission("ping", "user", OPERATOR),
        "unset": lambda: administration.unset_permission("ping", OPERATOR),
        "save": lambda: session.save(account("new"), OPERATOR),
    }
    with place.refusing(table), pytest.raises(MeshvisorError, match="there is no room"):
        await changes[what]()
    assert _found(place.home, what) == (0, 0, 0)
    await changes[what]()
    assert _found(place.home, what) == (1, 1, 1)


# Private


async def _same(known: Account) -> Account:
    raise NotImplementedError


def _kill_each(home: Home, folder: Path, what: str) -> list[Home]:
    """Return copies of a home, each with a statement more than the one before; all in the last."""
    program = subprocess.run(
        [sys.executable, "-c", PROGRAM, home.root, folder, what],
        capture_output=True,
        text=True,
        check=False,
        cwd=PROJECT,
    )
    assert program.returncode == 0, program.stderr
    return [Home(folder / f"home-{n}") for n in range(int(program.stdout) + 1)]


async def _prepare(place: DirectoryHome, what: str) -> None:
    """Fill a home in which that can be done, and close it."""
    opened = await place.open()
    place.by_hand("INSERT INTO admin_users VALUES ('11', '11', NULL, 0, 1)")
    for name in ("ping", "PING"):
        place.by_hand("INSERT INTO command_permissions VALUES (?, ?, 1, '', 0, NULL)", name, name)
    if what == "keep":
        await opened.directory.backend.put_account(account("directory"))
        place.write_file(peerId="12345_phone", authToken="file", updatedAt=NOON.isoformat())
    if what == "relogin":
        await opened.directory.save_account(account("old"))
    await place.close()


def _found(home: Home, what: str) -> tuple[int, int, int]:
    """Return whether it is done, how many audit entries say so, and how many events."""
    query, action, kind = OUTCOMES[what]
    with closing(sqlite3.connect(home.database)) as database:
        is_done = (database.execute(query).fetchone() or (0,))[0]
        done = "SELECT count(*) FROM audit_log WHERE action = ? AND outcome = 'done'"
        (entries,) = database.execute(done, (action,)).fetchone()
        (events,) = database.execute(
            "SELECT count(*) FROM events WHERE kind = ?", (kind,)
        ).fetchone()
    return is_done, entries, events
