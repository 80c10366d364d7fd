"""Asking about the directory: the running supervisor, or the database itself when none runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from meshvisor.shared.errors import MeshvisorError
from meshvisor.supervisor.cli import offline
from meshvisor.supervisor.cli.command import Invocation

if TYPE_CHECKING:
    from meshvisor.shared.paths import Home


def ask(invocation: Invocation, kind: str, **arguments: Any) -> Any:
    """Return the result of a request, whether a supervisor runs or not.

    Raises:
        MeshvisorError: it cannot be done.
    """
    return offline.ask(invocation, _carry_out, kind, arguments)


async def _carry_out(home: Home, request: Any) -> Any:
    from meshvisor.features.access.supervisor.administration.offline import OfflineApi
    from meshvisor.features.access.supervisor.administration.opening import open_directory
    from meshvisor.shared.clock import SystemClock
    from meshvisor.shared.settings.load import load_settings
    from meshvisor.supervisor.audit.log import local_actor
    from meshvisor.supervisor.control.requests import carry_out_on_directory

    opened = open_directory(home, load_settings(home, os.environ), SystemClock())
    try:
        await opened.directory.start()
        if not opened.directory.reachable:
            # What was known last is good enough for a fleet, but not for somebody who changes it.
            raise MeshvisorError(opened.directory.problems[0])
        api = OfflineApi(opened, SystemClock())
        return await carry_out_on_directory(request, api, local_actor(os.getuid()))
    finally:
        await opened.close()
