"""What cleanups run in the supervisor: nothing by itself; requests of the action are answered.

Owns the composition.  Offers `CleanupService`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from meshvisor.features.access.supervisor.directory.directory import Directory
from meshvisor.features.cleanup.supervisor.service import CleanupParts, CleanupService
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.kernel import Kernel
from meshvisor.supervisor.service_contract import QuietService, Service

IN_DATABASE: Final = "sqlite"
"""Kind of the directory that is part of the database."""

IN_MONGODB: Final = "credentials, admins and permissions are in MongoDB: save them with mongodump"


def make(kernel: Kernel) -> Mapping[str, Service]:
    """Make them; `Feature.services`."""
    directory = kernel.services.need(Directory)
    service = CleanupService(
        CleanupParts(
            tasks=kernel.cleanup,
            store=kernel.store,
            audit=kernel.audit,
            clock=kernel.clock,
            outside=partial(_outside, directory),
        ),
        kernel.settings,
    )
    kernel.services.provide(CleanupService, service)
    return {"cleanup": Cleanup(service)}


class Cleanup(QuietService):
    """The service as one of the supervisor."""

    def __init__(self, service: CleanupService) -> None:
        self._service = service

    def configure(self, settings: Settings) -> None:
        """Take over new settings."""
        self._service.settings = settings


# Private


def _outside(directory: Directory) -> Sequence[str]:
    if directory.backend.kind == IN_DATABASE:
        return ()
    return (IN_MONGODB,)
