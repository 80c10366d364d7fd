"""What statistics run in the supervisor: one recorder."""

from __future__ import annotations

from collections.abc import Mapping

from meshvisor.features.access.supervisor.people import People
from meshvisor.features.fleet.supervisor.manager import FleetManager
from meshvisor.features.fleet.supervisor.room_events import RoomEvents
from meshvisor.features.fleet.supervisor.worker import WorkerProcess
from meshvisor.features.statistics.people import key_file_of
from meshvisor.features.statistics.store.database import database_of
from meshvisor.features.statistics.supervisor.basis import Basis
from meshvisor.features.statistics.supervisor.recorder import Recorder
from meshvisor.shared.protocol.from_worker import UsageCounts
from meshvisor.shared.protocol.messages import Message
from meshvisor.supervisor.kernel import Kernel
from meshvisor.supervisor.service_contract import Service


def make(kernel: Kernel) -> Mapping[str, Service]:
    """Make it; `Feature.services`."""
    people = kernel.services.need(People)
    rooms = kernel.services.need(RoomEvents)
    recorder = Recorder(
        database_of(kernel.home),
        key_file_of(kernel.home),
        kernel.settings,
        kernel.clock,
        lambda wanted: rooms.want(UsageCounts, wanted=wanted),
    )
    kernel.services.provide(Basis, Basis(kernel.home, recorder))
    kernel.reporting.add(recorder)

    def on_counts(process: WorkerProcess, message: Message) -> None:
        assert isinstance(message, UsageCounts)
        recorder.take(process.mesh_id, people.realm_of(process.mesh_id), message.counts)

    kernel.services.need(FleetManager).watch(UsageCounts, on_counts)
    return {"statistics": recorder}
