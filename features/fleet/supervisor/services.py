"""What the fleet runs in the supervisor: discovery, one worker for each mesh, and their watch.

Owns the composition.  Offers `FleetManager`, `Monitor`, `RoomEvents`, `Discovery`, `Sources`,
`StoppedMeshes` and, to requests, `FleetOperations`, `Speaking` and `KnownMeshes`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from meshvisor.features.access.supervisor.bots import Bots
from meshvisor.features.access.supervisor.directory.directory import Change, Directory
from meshvisor.features.access.supervisor.services import InitialFrames
from meshvisor.features.blocklist.supervisor.blocklist import Blocklist
from meshvisor.features.blocklist.supervisor.services import BlocklistKeeper
from meshvisor.features.fleet.events import STATES
from meshvisor.features.fleet.settings import FleetSettings
from meshvisor.features.fleet.supervisor import reports
from meshvisor.features.fleet.supervisor.checkpoints import Checkpoints, CheckpointWriter
from meshvisor.features.fleet.supervisor.discovery import DiscoveredMesh, Discovery
from meshvisor.features.fleet.supervisor.losses import sentence
from meshvisor.features.fleet.supervisor.manager import FleetManager
from meshvisor.features.fleet.supervisor.monitor import Monitor
from meshvisor.features.fleet.supervisor.operations import FleetOperations, OperationsParts
from meshvisor.features.fleet.supervisor.parts import FleetParts
from meshvisor.features.fleet.supervisor.providers.account import ListingProcess
from meshvisor.features.fleet.supervisor.record import MeshRecord
from meshvisor.features.fleet.supervisor.restraints import Restraints, RestraintWriter
from meshvisor.features.fleet.supervisor.room_events import RoomEvents
from meshvisor.features.fleet.supervisor.sources import Sources
from meshvisor.features.fleet.supervisor.speaking import Speaking
from meshvisor.features.fleet.supervisor.stopped import StoppedMeshes
from meshvisor.features.fleet.wordings import MORE_RECONNECT
from meshvisor.shared.clock import Clock
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.events.service import EventService
from meshvisor.supervisor.kernel import Kernel, Reloading
from meshvisor.supervisor.life import KnownMeshes, Life
from meshvisor.supervisor.reporting import Reporter
from meshvisor.supervisor.service_contract import QuietService, Runner, Service, Stopping

log = logging.getLogger(__name__)

NAMED: Final = 3
"""Meshes that are named in one sentence about several."""


def make(kernel: Kernel) -> Mapping[str, Service]:
    """Make them; `Feature.services`."""
    services = kernel.services
    frames, blocklist = services.need(InitialFrames), services.need(Blocklist)
    stopped = StoppedMeshes(kernel.store, kernel.clock)
    checkpoints, restraints = Checkpoints(), Restraints(kernel.clock.wall)
    room_events = RoomEvents(kernel.events, kernel.clock)
    manager = FleetManager(
        kernel.settings,
        FleetParts(
            spawner=kernel.spawner,
            heartbeats=kernel.heartbeats,
            slots=kernel.slots,
            blocklist=blocklist,
            clock=kernel.clock,
            initial_state=lambda network: (*frames.frames(network), *room_events.frames()),
            answers=kernel.room_answers,
            attach_log=kernel.logs.attach_mesh,
            checkpoints=checkpoints,
            restraints=restraints,
            stopped=stopped.ids,
            can_dump=kernel.can_dump,
            on_state=partial(_post_state, kernel.events),
        ),
    )
    room_events.attach(manager)
    monitor = Monitor(kernel.settings.of(FleetSettings), manager, kernel.clock)
    process = ListingProcess(kernel.spawner, kernel.logs.attach)
    sources = Sources(process)
    finder = MeshFinder(kernel, manager, sources, process)
    fleet = Fleet(manager, monitor, finder, stopped)
    services.provide(FleetManager, manager)
    services.provide(Monitor, monitor)
    services.provide(RoomEvents, room_events)
    services.provide(Discovery, finder.discovery)
    services.provide(Sources, sources)
    services.provide(StoppedMeshes, stopped)
    writer = CheckpointWriter(checkpoints, kernel.store, kernel.clock, lambda: manager.records)
    operations = FleetOperations(
        OperationsParts(
            fleet=manager,
            stopped=stopped,
            monitor=monitor,
            blocklist=blocklist,
            discovery=finder.discovery,
            checkpoints=writer,
            life=services.need(Life),
            clock=kernel.clock,
        )
    )
    services.provide(FleetOperations, operations)
    services.provide(Speaking, Speaking(manager, kernel.audit, kernel.events, kernel.clock))
    services.provide(KnownMeshes, operations)
    services.need(Bots).attach(manager.rooms, manager.rooms.help_of)
    frames.listen(manager.rooms.broadcast_in)
    services.need(Directory).listen(finder.on_directory)
    keeper = services.need(BlocklistKeeper)
    keeper.listen(manager.changed)
    manager.listen(keeper.save_soon)
    manager.listen(kernel.reporting.changed)
    kernel.reporting.add(FleetReporter(manager, blocklist, kernel.clock))
    kernel.replace_children.append(fleet.replace_workers)
    kernel.after_reload.append(fleet.reloaded)
    return {
        # Before the fleet, to which it says where to begin, and stopped behind its last words.
        "checkpoints": writer,
        "restraints": RestraintWriter(restraints, kernel.store, kernel.clock),
        "fleet": fleet,
        "discovery": Runner(finder.discovery.run),
        "heartbeats": Runner(monitor.watch_heartbeats),
        "status poll": Runner(monitor.poll_regularly),
    }


def _post_state(
    events: EventService, record: MeshRecord, before: MeshState, error: str | None
) -> None:
    data = {"before": before, "error": error}
    events.post(STATES[record.state], record.mesh_id, data, record.mesh_id)


class MeshFinder:
    """Discovery with the providers that the present settings and the present account mean."""

    def __init__(
        self, kernel: Kernel, manager: FleetManager, sources: Sources, process: ListingProcess
    ) -> None:
        self._process = process
        self.configure(kernel.settings)
        self._settings_file = kernel.home.settings_file
        self._manager = manager
        self._sources = sources
        self._notified_empty = False
        interval = kernel.settings.of(FleetSettings).discovery_interval
        self.discovery = Discovery((), interval, kernel.clock, self._on_found)

    def configure(self, settings: Settings) -> None:
        """Take over new settings."""
        self._settings = settings
        self._process.configure(settings)

    def look_where_meshes_are(self) -> None:
        """Ask the sources of the present settings from now on."""
        self.discovery.configure(
            self._sources.providers(self._settings),
            self._settings.of(FleetSettings).discovery_interval,
        )

    def on_directory(self, change: Change) -> None:
        """Take in a change of the directory."""
        if change.account:
            self.look_where_meshes_are()

    def _on_found(self, meshes: Sequence[DiscoveredMesh], seen_at: float) -> None:
        self._manager.want(meshes, seen_at)
        if not meshes and not self._notified_empty:
            self._notified_empty = True
            own = f"list some as [[meshes]] in {self._settings_file}"
            log.warning(
                "there are no meshes to serve: %s",
                ", ".join([own, *self._sources.hints]),
                extra={"event": "fleet.empty"},
            )


class Fleet(QuietService):
    """All workers as a service."""

    def __init__(
        self,
        manager: FleetManager,
        monitor: Monitor,
        finder: MeshFinder,
        stopped: StoppedMeshes,
    ) -> None:
        self._manager = manager
        self._monitor = monitor
        self._finder = finder
        self._stopped = stopped
        self._known: set[str] = set()
        """Meshes at the beginning of a reload."""
        self._restarted: list[str] = []
        """Meshes whose workers a reload replaces."""

    async def start(self) -> None:
        """Learn which meshes are stopped, and where to look for all of them.

        Raises:
            MeshvisorError: they cannot be read; no mesh may be started then.
        """
        await self._stopped.load()
        self._finder.look_where_meshes_are()

    async def stop(self, stopping: Stopping) -> None:
        """Stop all workers."""
        await self._manager.close(stopping.timeout, stopping.force)

    def configure(self, settings: Settings) -> None:
        """Take over new settings; workers that were started with others are replaced."""
        self._known = set(self._manager.records)
        self._finder.configure(settings)
        self._restarted = self._manager.configure(settings)
        self._monitor.configure(settings.of(FleetSettings))

    def replace_workers(self) -> None:
        """Replace all workers, because plug-ins have changed."""
        self._restarted = self._manager.restart_all("its plug-ins have changed")

    async def reloaded(self, reloading: Reloading) -> None:
        """Look for meshes where the new settings say, and tell what became of which."""
        self._finder.look_where_meshes_are()
        await self._finder.discovery.poll()
        wanted = set(self._manager.wanted)
        reloading.started += sorted(wanted - self._known)
        reloading.stopped += sorted(self._known - wanted)
        # One that is not wanted any more is stopped and nothing else.
        restarted = (mesh for mesh in self._restarted if mesh in self._known & wanted)
        reloading.restarted += restarted


class FleetReporter(Reporter):
    """What `status` shows of the meshes."""

    def __init__(self, manager: FleetManager, blocklist: Blocklist, clock: Clock) -> None:
        self._manager = manager
        self._blocklist = blocklist
        self._clock = clock

    def summary(self) -> Iterable[str]:
        """Count the meshes by what operators care about."""
        found = reports.counts(self._manager.records.values(), self._blocklist)
        yield f"{found.connected} of {found.meshes} meshes connected"
        counts = {
            "unhealthy": found.unhealthy,
            "failed": found.failed,
            "blocked": found.blocked,
        }
        yield from (f"{count} {name}" for name, count in counts.items() if count)

    def problems(self) -> Iterable[str]:
        """Name the meshes that do not stay connected."""
        now = self._clock.monotonic()
        found = [
            (record.mesh_id, losses)
            for record in self._manager.records.values()
            if (losses := record.losses.lately(now)) is not None
        ]
        yield from (sentence(mesh_id, losses) for mesh_id, losses in found[:NAMED])
        if more := found[NAMED:]:
            yield MORE_RECONNECT.said(count=len(more))

    def report_fields(self) -> Mapping[str, Any]:
        """Return all meshes and their totals."""
        now = self._clock.monotonic()
        records = self._manager.records.values()
        blocks = reports.blocks(records, self._blocklist, self._clock.wall())
        meshes = tuple(reports.mesh_status(one, now, blocks.get(one.mesh_id)) for one in records)
        return {"totals": reports.totals(records, self._blocklist), "meshes": meshes}
