"""The directory without a supervisor, for the same requests as with one.

Owns what can be asked then; everything about a fleet cannot.  Called by the command line.
"""

from __future__ import annotations

from meshvisor.features.access.supervisor.administration.administration import (
    Administration,
    NoFleet,
)
from meshvisor.features.access.supervisor.administration.opening import OpenDirectory
from meshvisor.features.access.supervisor.administration.session import Session
from meshvisor.features.access.supervisor.directory.model import Account
from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import NotRunningError


class OfflineApi:
    """Implements `supervisor.control.supervisor_api.DirectoryApi`."""

    def __init__(self, opened: OpenDirectory, clock: Clock) -> None:
        self._administration = Administration(opened, clock, NoFleet())
        self._session = Session(opened, NoFleet(), _nobody_renews)

    @property
    def administration(self) -> Administration:
        """Admins and permissions."""
        return self._administration

    @property
    def session(self) -> Session:
        """The bot's account."""
        return self._session


async def _nobody_renews(_account: Account) -> Account:
    raise NotRunningError("no supervisor runs; start it first: meshvisor run")
