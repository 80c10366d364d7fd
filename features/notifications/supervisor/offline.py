"""Notifications without a supervisor, for the same requests as with one; none is delivered."""

from __future__ import annotations

from meshvisor.features.notifications.supervisor.service import NotificationService
from meshvisor.supervisor.control.offline import OfflineHome


async def open_offline(opened: OfflineHome) -> None:
    """Provide them for requests; see `Feature.offline`."""
    service = NotificationService(
        await opened.database.opened(), opened.audit, opened.clock, opened.settings
    )
    opened.services.provide(NotificationService, service)
