"""The station's services on one database, as with a supervisor so without one."""

from __future__ import annotations

from collections.abc import Callable

from meshvisor.features.station.settings import StationSettings
from meshvisor.features.station.supervisor.alerts import AlertService
from meshvisor.features.station.supervisor.changes import Changes
from meshvisor.features.station.supervisor.groups import GroupService
from meshvisor.features.station.supervisor.prepared_zones import PreparedZones
from meshvisor.features.station.supervisor.users import UserService
from meshvisor.features.station.supervisor.zones import ZoneService
from meshvisor.shared.clock import Clock
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.audit.log import AuditLog
from meshvisor.supervisor.services import Services


class Station:
    """All of them.

    Attributes:
        changes: of the database.
        prepared: the zones that users can be in.
    """

    def __init__(self, store: Store, audit: AuditLog, clock: Clock, settings: Settings) -> None:
        self.changes = Changes(store, audit, clock)
        self.prepared = PreparedZones(settings.of(StationSettings))
        self._looks: list[Callable[[], None]] = []
        self._alerts = AlertService(self.changes)
        self._zones = ZoneService(self.changes, self.prepared)
        self._users = UserService(self.changes, self.prepared, settings, self._look)
        self._groups = GroupService(self.changes)

    def watch(self, look: Callable[[], None]) -> None:
        """Have `look` called when requests have moved users."""
        self._looks.append(look)

    def provide(self, services: Services) -> None:
        """Offer what requests need."""
        services.provide(AlertService, self._alerts)
        services.provide(ZoneService, self._zones)
        services.provide(UserService, self._users)
        services.provide(GroupService, self._groups)

    def configure(self, settings: Settings) -> None:
        """Take over new settings."""
        self.prepared.configure(settings.of(StationSettings))
        self._users.configure(settings)

    def _look(self) -> None:
        for look in self._looks:
            look()
