"""`version`: which supervisor answers."""

from __future__ import annotations

import os

from shared.control.messages import CONTROL_VERSION, GetVersion
from shared.control.results import VersionReport
from shared.version import VERSION
from supervisor.control.supervisor_api import SupervisorApi


async def handle(request: GetVersion, supervisor: SupervisorApi) -> VersionReport:
    """Return it without touching the fleet: the cheapest sign of life there is."""
    del request, supervisor
    return VersionReport(version=VERSION, control_version=CONTROL_VERSION, pid=os.getpid())
