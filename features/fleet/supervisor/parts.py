"""What the manager of a fleet and the lives of its workers work with."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from meshvisor.features.access.supervisor.accounts import Network
from meshvisor.features.blocklist.supervisor.blocklist import Blocklist
from meshvisor.features.fleet.supervisor.checkpoints import Checkpoints
from meshvisor.features.fleet.supervisor.record import OnState
from meshvisor.features.fleet.supervisor.restraints import Restraints
from meshvisor.shared.clock import Clock
from meshvisor.shared.heartbeat import HeartbeatTable
from meshvisor.supervisor.children.slots import Slots
from meshvisor.supervisor.children.spawner import Spawner
from meshvisor.supervisor.room_answers import RoomAnswers


class FleetParts(msgspec.Struct, frozen=True):
    """What the manager works with."""

    spawner: Spawner
    heartbeats: HeartbeatTable
    blocklist: Blocklist
    clock: Clock
    initial_state: Callable[[Network], Sequence[bytes]]
    """Frames that every worker of a network is sent before anything else: credentials, admins,
    permissions."""
    answers: RoomAnswers
    """Answers the requests of users in rooms."""
    attach_log: Callable[[str, int, asyncio.Future[Any]], None]
    """Given a mesh id, the read end of its worker's log pipe, and the future of its end."""
    checkpoints: Checkpoints = msgspec.field(default_factory=Checkpoints)
    """How far the bots have heard."""
    restraints: Restraints = msgspec.field(default_factory=lambda: Restraints(time.time))
    """What they hold back with."""
    stopped: set[str] = msgspec.field(default_factory=set)
    """Meshes that an operator has stopped, whether or not they are listed now."""
    slots: Slots = msgspec.field(default_factory=Slots)
    """Which heartbeats are free."""
    can_dump: bool = True
    """Whether a hung worker can be asked for its stacks."""
    jitter: Callable[[float, float], float] = random.uniform
    on_state: OnState | None = None
    """Hears of each new state of a mesh; it must be quick."""
