"""The directory while no supervisor runs, for the same requests as with one.

Owns what can be asked then; everything about a fleet cannot.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from meshvisor.features.access.supervisor.administration.administration import (
    Administration,
    NoFleet,
)
from meshvisor.features.access.supervisor.administration.opening import open_directory
from meshvisor.features.access.supervisor.administration.session import Session
from meshvisor.features.access.supervisor.directory.model import Account
from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import MeshvisorError, NotRunningError
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.services import Services


@asynccontextmanager
async def open_offline(
    home: Home, settings: Settings, clock: Clock, services: Services
) -> AsyncIterator[None]:
    """Provide it for requests; see `Feature.offline`.

    Raises:
        MeshvisorError: the database cannot be used or reached.
    """
    opened = open_directory(home, settings, clock)
    try:
        await opened.directory.start()
        if not opened.directory.reachable:
            # What was known last is good enough for a fleet, but not for a change to it.
            raise MeshvisorError(opened.directory.problems[0])
        services.provide(Administration, Administration(opened, clock, NoFleet()))
        services.provide(Session, Session(opened, NoFleet(), _cannot_renew))
        yield
    finally:
        await opened.close()


async def _cannot_renew(_account: Account) -> Account:
    raise NotRunningError("no supervisor runs; start it first: meshvisor run")
