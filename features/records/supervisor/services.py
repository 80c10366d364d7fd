"""What records run in the supervisor: nothing.

Offers `Records`; what is not used any more is removed by the cleanup.
"""

from __future__ import annotations

from collections.abc import Mapping

from meshvisor.features.records.settings import RecordSettings
from meshvisor.features.records.supervisor.service import Records, count_unused
from meshvisor.supervisor.cleanup_tasks import CleanupTask
from meshvisor.supervisor.kernel import Kernel
from meshvisor.supervisor.service_contract import Service


def make(kernel: Kernel) -> Mapping[str, Service]:
    """Make them; `Feature.services`."""
    records = Records(kernel.store, kernel.clock)
    kernel.services.provide(Records, records)
    kernel.cleanup.add(
        CleanupTask(
            name="unused-records",
            what="records that were not used",
            keep_days=lambda settings: settings.of(RecordSettings).keep_unused_days,
            count=lambda db, before: count_unused(db, "", before),
            remove=records.forget_unused,
        )
    )
    return {}
