"""What the station runs in the supervisor: it takes in what workers report, and alerts of the
health check.

Owns the composition.  Offers `AlertService`, `ZoneService`, `UserService` and `GroupService`.
"""

from __future__ import annotations

from collections.abc import Mapping

from meshvisor.features.access.supervisor.people import People
from meshvisor.features.fleet.supervisor.manager import FleetManager
from meshvisor.features.fleet.supervisor.room_events import RoomEvents
from meshvisor.features.fleet.supervisor.worker import WorkerProcess
from meshvisor.features.station.settings import StationSettings
from meshvisor.features.station.supervisor.cleaning import cleanup_tasks
from meshvisor.features.station.supervisor.health import HealthAlerts
from meshvisor.features.station.supervisor.intake import Intake
from meshvisor.features.station.supervisor.station import Station
from meshvisor.shared.protocol.from_worker import Presence
from meshvisor.shared.protocol.messages import Message
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.kernel import Kernel
from meshvisor.supervisor.service_contract import Service


def make(kernel: Kernel) -> Mapping[str, Service]:
    """Make it; `Feature.services`."""
    station = Station(kernel.store, kernel.audit, kernel.clock, kernel.settings)
    station.provide(kernel.services)
    people = kernel.services.need(People)
    rooms = kernel.services.need(RoomEvents)
    keeper = StationKeeper(station, kernel.settings, rooms)
    station.watch(keeper.look)

    def on_presence(process: WorkerProcess, message: Message) -> None:
        assert isinstance(message, Presence)
        keeper.take(process.mesh_id, people.realm_of(process.mesh_id), message)

    kernel.services.need(FleetManager).watch(Presence, on_presence)
    health = HealthAlerts(lambda: keeper.settings, station.changes.now)
    kernel.events.subscriptions.add(health.subscription)
    for task in cleanup_tasks(station.changes):
        kernel.cleanup.add(task)
    kernel.reporting.add(keeper)
    return {"station": keeper}


class StationKeeper(Intake):
    """The station as a service: its intake, which passes new settings on to others."""

    def __init__(self, station: Station, settings: Settings, rooms: RoomEvents) -> None:
        super().__init__(
            station.changes,
            station.prepared,
            settings,
            lambda wanted: rooms.want(Presence, wanted=wanted),
        )
        self._station = station

    @property
    def settings(self) -> StationSettings:
        """Those that hold now."""
        return self._settings

    def configure(self, settings: Settings) -> None:
        """Take over new settings."""
        self._station.configure(settings)
        super().configure(settings)
