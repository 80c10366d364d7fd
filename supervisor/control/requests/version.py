"""`version`: which supervisor answers."""

from __future__ import annotations

import os

from meshvisor.shared.control.messages import CONTROL_VERSION, GetVersion
from meshvisor.shared.control.results import VersionReport
from meshvisor.shared.version import VERSION
from meshvisor.supervisor.control.supervisor_api import SupervisorApi


async def handle(request: GetVersion, supervisor: SupervisorApi) -> VersionReport:
    """Return it without touching the fleet: the cheapest sign of life there is."""
    del request, supervisor
    return VersionReport(version=VERSION, control_version=CONTROL_VERSION, pid=os.getpid())
