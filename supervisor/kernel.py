"""The kernel's side of features: what they get from the supervisor.

Owns the value that each feature's `make` is called with, and what it is for.  Does not own any of
the parts.  Made by `supervisor.composition`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from meshvisor.shared.clock import Clock
from meshvisor.shared.heartbeat import HeartbeatTable
from meshvisor.shared.home_lock import HomeLock
from meshvisor.shared.paths import Home
from meshvisor.shared.run_options import RunOptions
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.audit.log import AuditLog
from meshvisor.supervisor.children.slots import Slots
from meshvisor.supervisor.children.spawner import Spawner
from meshvisor.supervisor.cleanup_tasks import CleanupTasks
from meshvisor.supervisor.events.service import EventService
from meshvisor.supervisor.home_watch import HomeWatch
from meshvisor.supervisor.logs.collector import LogCollector
from meshvisor.supervisor.reporting import Reporting
from meshvisor.supervisor.room_answers import RoomAnswers
from meshvisor.supervisor.service_contract import Service
from meshvisor.supervisor.services import Services

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Reloading:
    """A reload under way, to which each part adds what it has done."""

    settings: Settings
    """The new ones."""
    changed: list[str]
    """Names of settings that differ, and of whatever else was taken over with them."""
    plugins_changed: bool = False
    """Whether all children are replaced, because plug-ins have changed."""
    started: list[str] = field(default_factory=list)
    """Meshes that are started."""
    stopped: list[str] = field(default_factory=list)
    """Meshes that are stopped."""
    restarted: list[str] = field(default_factory=list)
    """Meshes whose workers are replaced."""


class Kernel(msgspec.Struct, frozen=True):
    """The supervisor without features."""

    home: Home
    options: RunOptions
    settings: Settings
    """As they were at the start; a service gets later ones by `configure`."""
    lock: HomeLock
    clock: Clock
    store: Store
    audit: AuditLog
    events: EventService
    """What has happened; subscribers are added while services are made."""
    spawner: Spawner
    heartbeats: HeartbeatTable
    slots: Slots
    logs: LogCollector
    home_watch: HomeWatch
    services: Services
    """What features offer to each other and to requests of the control socket."""
    reporting: Reporting
    """What `status` reports about the supervisor."""
    cleanup: CleanupTasks
    """What a regular cleanup removes."""
    room_answers: RoomAnswers
    """Who answers what people in rooms ask for."""
    show: Callable[[str], None]
    """Shows a line to people at the terminal; it is in no log file."""
    replace_children: list[Callable[[], None]] = msgspec.field(default_factory=list)
    """Each replaces the children of one feature: plug-ins have changed."""
    after_reload: list[Callable[[Reloading], Awaitable[None]]] = msgspec.field(default_factory=list)
    """Called, one after another, when all services have the new settings."""

    @property
    def can_dump(self) -> bool:
        """Whether a child that hangs can be asked for its stacks: with processes of their own."""
        return not self.options.single_process

    def replace_all_children(self) -> None:
        """Replace all children that still run other code."""
        for replace in self.replace_children:
            replace()

    async def close(self) -> None:
        """Close what is no service, behind the last service: the database and the heartbeats."""
        try:
            await asyncio.to_thread(self.store.close)
        except Exception:
            log.exception("database: closing has failed", extra={"event": "supervisor.stop_failed"})
        self.heartbeats.close()


Make = Callable[[Kernel], Mapping[str, Service]]
"""`Feature.services`: makes what a feature runs in the supervisor, by the names under which it is
reported.  Nothing is opened or begun yet; what it needs of other features is there already."""
