"""The directory while no supervisor runs, for the same requests as with one.

Owns what can be asked then; everything about a fleet cannot.
"""

from __future__ import annotations

from meshvisor.features.access.supervisor.administration.administration import (
    Administration,
    NoFleet,
)
from meshvisor.features.access.supervisor.administration.opening import directory_on
from meshvisor.features.access.supervisor.administration.session import Session
from meshvisor.features.access.supervisor.directory.model import Account
from meshvisor.shared.errors import MeshvisorError, NotRunningError
from meshvisor.supervisor.control.offline import OfflineHome


async def open_offline(home: OfflineHome) -> None:
    """Provide it for requests; see `Feature.offline`.

    Raises:
        MeshvisorError: the database cannot be used or reached.
    """
    opened = directory_on(
        await home.database.opened(), home.audit, home.home, home.settings, home.clock
    )
    home.at_end.push_async_callback(opened.directory.close)
    await opened.directory.start()
    if not opened.directory.reachable:
        # What was known last is good enough for a fleet, but not for a change to it.
        raise MeshvisorError(opened.directory.problems[0])
    home.services.provide(Administration, Administration(opened, home.clock, NoFleet()))
    home.services.provide(Session, Session(opened, NoFleet(), _cannot_renew))


async def _cannot_renew(_account: Account) -> Account:
    raise NotRunningError("no supervisor runs; start it first: meshvisor run")
