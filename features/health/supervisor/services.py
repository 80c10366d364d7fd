"""What health runs in the supervisor: it keeps which alerts are raised, and shows them.

Owns the composition.  Offers `HealthService`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from meshvisor.features.health.settings import HealthSettings
from meshvisor.features.health.supervisor.service import PREFIX, HealthService
from meshvisor.features.records.supervisor.service import Records, count_unused
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.cleanup_tasks import CleanupTask
from meshvisor.supervisor.kernel import Kernel
from meshvisor.supervisor.reporting import Reporter
from meshvisor.supervisor.service_contract import ForOneRun, QuietService, Service


def make(kernel: Kernel) -> Mapping[str, Service]:
    """Make them; `Feature.services`."""
    service = HealthService(kernel.store, kernel.clock, kernel.settings)
    kernel.services.provide(HealthService, service)
    keeper = Health(service)
    kernel.reporting.add(keeper)
    records = kernel.services.need(Records)
    kernel.cleanup.add(
        CleanupTask(
            name="health-checks",
            what="results of health checks",
            keep_days=lambda settings: settings.of(HealthSettings).keep_days,
            count=lambda db, before: count_unused(db, PREFIX, before),
            remove=lambda before, limit: records.forget_unused(before, limit, PREFIX),
        )
    )
    return {"health": keeper}


class Health(QuietService, Reporter, ForOneRun):
    """Alerts that are raised, from the start on."""

    def __init__(self, service: HealthService) -> None:
        self._service = service

    async def start(self) -> None:
        """Read which are raised.

        Raises:
            MeshvisorError: the database cannot be used.
        """
        await self._service.load()

    def configure(self, settings: Settings) -> None:
        """Take over new settings."""
        self._service.settings = settings

    def notices(self) -> Iterable[str]:
        """Return the alerts."""
        return [self._service.notice(one) for one in self._service.alerts]
