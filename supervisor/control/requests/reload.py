"""`reload`: read the settings again and change what changed, like SIGHUP."""

from __future__ import annotations

from meshvisor.shared.control.messages import Reload
from meshvisor.shared.control.results import ReloadReport
from meshvisor.supervisor.control.supervisor_api import SupervisorApi


async def handle(request: Reload, supervisor: SupervisorApi) -> ReloadReport:
    """Return what changed; wrong settings are a `SettingsError` and change nothing."""
    del request
    return await supervisor.reload()
