"""`platform`: where the bot's account is."""

from __future__ import annotations

from meshvisor.shared.control.messages import GetPlatform
from meshvisor.shared.control.results import PlatformReport
from meshvisor.supervisor.control.supervisor_api import SupervisorApi


async def handle(_request: GetPlatform, supervisor: SupervisorApi) -> PlatformReport:
    """Answer with the addresses in use; those of the playground where it is used."""
    return supervisor.get_platform()
