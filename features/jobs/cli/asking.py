"""Asking about jobs: the running supervisor, or the database itself when none runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from meshvisor.supervisor.cli import offline
from meshvisor.supervisor.cli.command import Invocation

if TYPE_CHECKING:
    from meshvisor.shared.paths import Home


def ask(invocation: Invocation, kind: str, **arguments: Any) -> Any:
    """Return the result of a request, whether a supervisor runs or not.

    Raises:
        MeshvisorError: it cannot be done.
    """
    return offline.ask(invocation, carry_out, kind, arguments)


async def carry_out(home: Home, request: Any) -> Any:
    """Carry a request out on a home without a supervisor, whose lock is held."""
    from meshvisor.features.jobs.supervisor.offline import offline_jobs
    from meshvisor.shared.clock import SystemClock
    from meshvisor.shared.settings.load import load_settings
    from meshvisor.supervisor.audit.log import local_actor
    from meshvisor.supervisor.control.requests import carry_out_on_jobs

    settings = load_settings(home, os.environ)
    async with offline_jobs(home, settings, SystemClock()) as jobs:
        return await carry_out_on_jobs(request, jobs, local_actor(os.getuid()))
