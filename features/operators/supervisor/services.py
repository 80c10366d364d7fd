"""What operators bring to the supervisor: a service for requests, and nothing that runs."""

from __future__ import annotations

from collections.abc import Mapping

from meshvisor.features.operators.supervisor import expiry
from meshvisor.features.operators.supervisor.service import OperatorService
from meshvisor.supervisor.cleanup_tasks import CleanupTask
from meshvisor.supervisor.kernel import Kernel
from meshvisor.supervisor.service_contract import Service


def make(kernel: Kernel) -> Mapping[str, Service]:
    """Provide `OperatorService`; `Feature.services`."""
    service = OperatorService(kernel.store, kernel.audit, kernel.clock)
    kernel.services.provide(OperatorService, service)
    kernel.cleanup.add(
        CleanupTask(
            name="expired-sessions",
            what="sessions and links of the console that have ended",
            keep_days=lambda _settings: expiry.KEEP_DAYS,
            count=expiry.count,
            remove=lambda before, limit: kernel.store.write(
                lambda db: expiry.remove(db, before, limit)
            ),
        )
    )
    return {}
