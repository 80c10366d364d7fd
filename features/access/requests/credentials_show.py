"""`credentials_show`: the bot's account, without its secrets."""

from __future__ import annotations

from meshvisor.shared.control.messages import ShowCredentials
from meshvisor.shared.control.results import CredentialsReport
from meshvisor.supervisor.control.supervisor_api import DirectoryApi


async def handle(_request: ShowCredentials, api: DirectoryApi) -> CredentialsReport:
    """Show."""
    return api.session.show()
