"""What operators bring to the supervisor: services for requests, and nothing that runs."""

from __future__ import annotations

from collections.abc import Mapping

from meshvisor.features.operators.supervisor import expiry
from meshvisor.features.operators.supervisor.provision import provide
from meshvisor.supervisor.cleanup_tasks import CleanupTask
from meshvisor.supervisor.kernel import Kernel
from meshvisor.supervisor.service_contract import Service


def make(kernel: Kernel) -> Mapping[str, Service]:
    """Provide them; `Feature.services`."""
    provide(kernel.services, kernel.store, kernel.audit, kernel.clock)
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
