"""All services of one supervisor as one: started, run, stopped and configured together.

Owns that the last one started is stopped first, and that no failure keeps the others from their
stop.  Does not own the order itself (`supervisor.composition`), nor what follows when a `run` fails
(`supervisor.duties`).  Called by `supervisor.service`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping

from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.duties import Duties
from meshvisor.supervisor.service_contract import Service, Stopping

log = logging.getLogger(__name__)


class ServiceGroup:
    """Services by name, in their order; make it inside a running event loop.

    Args:
        services: the last one is stopped first.
        starts_last: the name of one that is started when all others have been, although those
            behind it are stopped before it; empty: there is none.
    """

    def __init__(self, services: Mapping[str, Service], *, starts_last: str = "") -> None:
        self._services = dict(services)
        self._starts_last = starts_last
        self._duties = Duties()

    def __iter__(self) -> Iterator[tuple[str, Service]]:
        """Yield them with their names, in the order in which they are started."""
        yield from (one for one in self._services.items() if one[0] != self._starts_last)
        if self._starts_last:
            yield self._starts_last, self._services[self._starts_last]

    @property
    def problems(self) -> tuple[str, ...]:
        """One sentence for each whose `run` has failed of late."""
        return self._duties.problems

    async def start(self) -> None:
        """Start one after another.

        Raises:
            MeshvisorError, OSError: as `Service.start`; those behind it are not started.
        """
        for _, service in self:
            await service.start()

    async def run(self, until: asyncio.Event) -> None:
        """Run all of them until the event is set; then each is cancelled and has ended."""
        runs = {name: service.run for name, service in self}
        await self._duties.perform(runs, until)

    async def stop(self, stopping: Stopping) -> None:
        """Stop one after another, whatever happens, and whether or not they were started."""
        for name, service in reversed(self._services.items()):
            try:
                await service.stop(stopping)
            except Exception:
                extra = {"event": "supervisor.stop_failed"}
                log.exception("%s: stopping has failed", name, extra=extra)

    def configure(self, settings: Settings) -> None:
        """Give all services new settings."""
        for _, service in self:
            service.configure(settings)
