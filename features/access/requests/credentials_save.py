"""`credentials_save`: use a new account, such as that of a login."""

from __future__ import annotations

from meshvisor.features.access.supervisor.administration.session import parse_account
from meshvisor.shared.control.messages import SaveCredentials
from meshvisor.shared.control.results import CredentialsReport
from meshvisor.supervisor.audit.log import Actor
from meshvisor.supervisor.control.supervisor_api import DirectoryApi


async def handle(request: SaveCredentials, api: DirectoryApi, actor: Actor) -> CredentialsReport:
    """Save in the file and in the directory, and tell all workers.

    Raises:
        UsageError: it is no account.
    """
    return await api.session.save(parse_account(request.account), actor)
