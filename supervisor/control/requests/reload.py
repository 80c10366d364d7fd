"""`reload`: read the settings again and change what changed, like SIGHUP."""

from __future__ import annotations

from shared.control.messages import Reload
from shared.control.results import ReloadReport
from supervisor.control.supervisor_api import SupervisorApi


async def handle(request: Reload, supervisor: SupervisorApi) -> ReloadReport:
    """Return what changed; wrong settings are a `SettingsError` and change nothing."""
    del request
    return await supervisor.reload()
