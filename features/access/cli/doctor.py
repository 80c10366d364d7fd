"""The directory: the database answers, and its documents can be used.

Changes nothing: SQLite is only looked at by a supervisor, which says what is wrong with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, Final

from meshvisor.features.access.settings import DatabaseSettings
from meshvisor.features.access.supervisor.directory.database_config import (
    MongoConfig,
    load_database_config,
)
from meshvisor.features.access.supervisor.directory.model import Snapshot
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.cli.doctor.check import Check, Examined
from meshvisor.supervisor.cli.doctor.finding import Finding, fail, ok, warn
from meshvisor.supervisor.cli.human import number


def check(home: Home, settings: Settings, status: dict[str, Any] | None) -> Iterator[Finding]:
    """Look at the database.

    Args:
        home: whose.
        settings: of the home.
        status: the directory's part of a running supervisor's status; None: none runs.
    """
    if status is not None:
        yield from _from_status(status)
    else:
        yield from _database(home, settings)


def _examine(examined: Examined) -> Iterator[Finding]:
    if examined.settings is not None:
        status = examined.supervisor.get("directory")
        yield from check(examined.home, examined.settings, status)


CHECKS: Final = (Check(name="directory", position=100, examine=_examine),)


# Private


def _from_status(status: dict[str, Any]) -> Iterator[Finding]:
    held = (
        f"{status['backend']}, {number(status['admins'], 'admin', 'admins')}, "
        f"{number(status['permissions'], 'permission', 'permissions')}"
    )
    if status["reachable"]:
        yield ok("directory", held)
    for problem in status["problems"]:
        level = warn if status["reachable"] else fail
        yield level("directory", problem, "correct that, then: meshvisor refresh")


def _database(home: Home, settings: Settings) -> Iterator[Finding]:
    try:
        config = load_database_config(home, settings)
        if config is None:
            yield ok("directory", f"SQLite in {home.database}")
            return
        snapshot = asyncio.run(_load(config, settings))
    except MeshvisorError as error:
        yield fail("directory", str(error), "correct that, and run the doctor again")
        return
    yield ok("directory", f"{config.place}, {number(len(snapshot.admins), 'admin', 'admins')}")
    for flaw in snapshot.flaws:
        yield warn("directory", str(flaw), "correct or remove the document")


async def _load(config: MongoConfig, settings: Settings) -> Snapshot:
    from meshvisor.features.access.supervisor.directory.mongodb import MongoBackend

    backend = MongoBackend(config, settings.of(DatabaseSettings))
    try:
        return await backend.load()
    finally:
        await backend.close()
