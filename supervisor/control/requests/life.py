"""Requests about the supervisor itself: its version, its settings, its end."""

from __future__ import annotations

import os
from typing import Literal

from meshvisor.shared.control.request import CONTROL_VERSION, Request
from meshvisor.shared.control.results import ReloadReport, VersionReport
from meshvisor.shared.version import VERSION
from meshvisor.supervisor.control.handling import Call, handles
from meshvisor.supervisor.life import Life


class GetVersion(Request):
    """Which supervisor answers; the cheapest request there is."""

    type: Literal["version"] = "version"


@handles(GetVersion)
async def show_version(_request: GetVersion, _call: Call) -> VersionReport:
    """Return it without touching anything: the cheapest sign of life there is."""
    return VersionReport(version=VERSION, control_version=CONTROL_VERSION, pid=os.getpid())


class Reload(Request):
    """Read the settings again and change what changed, like SIGHUP."""

    type: Literal["reload"] = "reload"


@handles(Reload)
async def reload(_request: Reload, call: Call) -> ReloadReport:
    """Return what changed; wrong settings are a `SettingsError` and change nothing."""
    report = await call.need(Life).reload()
    changed = ", ".join(report.changed) or "nothing has changed"
    await call.note("config.reload", "settings", changed)
    return report


class Shutdown(Request):
    """Stop the supervisor politely, like SIGTERM; answered before it begins."""

    type: Literal["shutdown"] = "shutdown"


@handles(Shutdown)
async def shutdown(_request: Shutdown, call: Call) -> None:
    """Begin the stop, and answer at once; it is done when the connection ends."""
    await call.note("shutdown", "supervisor")
    call.need(Life).request_shutdown("'meshvisor shutdown'", insists=False)
