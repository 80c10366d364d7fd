"""`credentials_keep`: settle a conflict between the two copies of the credentials."""

from __future__ import annotations

from meshvisor.shared.control.messages import KeepCredentials
from meshvisor.shared.control.results import CredentialsReport
from meshvisor.supervisor.audit.log import Actor
from meshvisor.supervisor.control.supervisor_api import DirectoryApi


async def handle(request: KeepCredentials, api: DirectoryApi, actor: Actor) -> CredentialsReport:
    """Use one copy and replace the other."""
    return await api.session.keep(request.copy_of, actor)
