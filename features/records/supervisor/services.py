"""What records run in the supervisor: nothing; offers `Records`."""

from __future__ import annotations

from collections.abc import Mapping

from meshvisor.features.records.supervisor.service import Records
from meshvisor.supervisor.kernel import Kernel
from meshvisor.supervisor.service_contract import Service


def make(kernel: Kernel) -> Mapping[str, Service]:
    """Make them; `Feature.services`."""
    kernel.services.provide(Records, Records(kernel.store, kernel.clock))
    return {}
