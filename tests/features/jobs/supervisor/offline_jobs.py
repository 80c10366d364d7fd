"""Jobs as the command line opens them while no supervisor runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from meshvisor.features.jobs.supervisor.offline import open_offline
from meshvisor.features.jobs.supervisor.service import JobService
from meshvisor.shared.clock import Clock
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.control.offline import open_home


@asynccontextmanager
async def offline_jobs(home: Home, settings: Settings, clock: Clock) -> AsyncIterator[JobService]:
    """Yield those of a home."""
    async with open_home(home, settings, clock) as opened:
        await open_offline(opened)
        yield opened.services.need(JobService)
