"""What operators bring to the supervisor: a service for requests, and nothing that runs."""

from __future__ import annotations

from collections.abc import Mapping

from meshvisor.features.operators.supervisor.service import OperatorService
from meshvisor.supervisor.kernel import Kernel
from meshvisor.supervisor.service_contract import Service


def make(kernel: Kernel) -> Mapping[str, Service]:
    """Provide `OperatorService`; `Feature.services`."""
    service = OperatorService(kernel.store, kernel.audit, kernel.clock)
    kernel.services.provide(OperatorService, service)
    return {}
