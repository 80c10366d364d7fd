"""What the supervisor knows of one mesh, across the lives of its workers."""

from __future__ import annotations

import enum
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass, field

from meshvisor.features.fleet.supervisor.discovery import DiscoveredMesh
from meshvisor.features.fleet.supervisor.locations import Server, server_of
from meshvisor.features.fleet.supervisor.losses import LossCount
from meshvisor.features.fleet.supervisor.reconcile import Actual
from meshvisor.features.fleet.supervisor.worker import WorkerProcess
from meshvisor.shared.model.mesh import MeshState, may_become
from meshvisor.supervisor.children.restart_policy import CrashHistory

log = logging.getLogger(__name__)

OnState = Callable[["MeshRecord", MeshState, str | None], None]


class Trouble(enum.StrEnum):
    """Why a bot is out of its room, where operators have to know."""

    UNAUTHORIZED = "unauthorized"
    """Its account is not accepted: it waits for other credentials."""
    REPLACED = "replaced"
    """Another client uses its account or its device."""
    KICKED = "kicked"
    """It was thrown out, and comes back later."""
    BROKEN = "broken"
    """Its transport cannot be started on this machine."""


@dataclass(slots=True)
class MeshRecord:
    """One mesh; changed by the manager only."""

    mesh: DiscoveredMesh
    state: MeshState = MeshState.WAITING
    process: WorkerProcess | None = None
    spawning: bool = False
    """A process has been asked for and is not there yet."""
    spawned_for: DiscoveredMesh | None = None
    """What the newest process was asked for."""
    lives: int = 0
    """Processes started so far."""
    crashes: CrashHistory = field(default_factory=CrashHistory)
    start_at: float = -math.inf
    """Not to be started before, monotonic seconds."""
    stopped_by_operator: bool = False
    """An operator has stopped it."""
    left_at: float | None = None
    """When the bot left the room, monotonic seconds; None once discovery has seen it again."""
    connection_attempts: int = 0
    """Failed connects in a row."""
    excused: int = 0
    """Failed connects among them that do not count towards a block."""
    joins: int = 0
    """How often a bot has come into the room."""
    connect_request: int | None = None
    """Message id of the worker's last request for a permit."""
    joined_at: float = -math.inf
    """When a bot came into the room the last time, monotonic seconds."""
    kicks: int = 0
    """How often it was kicked soon after it had come."""
    trouble: Trouble | None = None
    """What is the matter, where that needs more than patience."""
    tries_at: float | None = None
    """When its worker connects again by itself, monotonic seconds; None: soon, or not at all."""
    losses: LossCount = field(default_factory=LossCount, compare=False)
    """How often the bot has lost it lately."""
    unreachable: bool = False
    """The last connect failed because the server could not be reached."""
    last_error: str | None = None
    """The newest error; once connected again, the cause of the newest crash, if any: it explains
    the restarts that people see."""
    last_crash: str | None = None
    remark: str | None = None
    """What its worker says of the session that goes on; None: nothing."""
    on_state: OnState | None = None
    """Hears of each new state, with the one before, and the error that has led to it."""
    _server: tuple[DiscoveredMesh, Server] | None = None
    """The one of a mesh; found out once, as hundreds ask for it at once."""

    @property
    def mesh_id(self) -> str:
        """Which mesh."""
        return self.mesh.mesh_id

    @property
    def server(self) -> Server:
        """What its connects are limited with, and has its outages."""
        if self._server is None or self._server[0] is not self.mesh:
            self._server = self.mesh, server_of(self.mesh)
        return self._server[1]

    def expect(self, pause: float | None, now: float) -> None:
        """Note when its worker connects again: in so many seconds; None: soon."""
        self.tries_at = None if pause is None else now + pause

    @property
    def is_well(self) -> bool:
        """Whether nothing has gone wrong since its bot came into the room the last time."""
        return self.trouble is None and not self.connection_attempts

    def become(self, state: MeshState, error: str | None = None) -> None:
        """Change the visible state.

        Args:
            state: the new one.
            error: what has led to it; None: no error has, whichever is the newest.
        """
        if state is self.state:
            return
        if not may_become(self.state, state):
            # A defect of ours; showing the truth is still better than stopping the fleet.
            log.error(
                "mesh %s went from %s to %s, which the table forbids",
                self.mesh_id,
                self.state,
                state,
                extra={"event": "fleet.transition"},
            )
        before, self.state = self.state, state
        if self.on_state is not None:
            self.on_state(self, before, error)

    def view(self) -> Actual:
        """Return what reconciling has to know."""
        process = self.process
        return Actual(
            state=self.state,
            alive=process is not None or self.spawning,
            stopping=process is not None and process.stopping is not None,
            start_at=self.start_at,
            stopped_by_operator=self.stopped_by_operator,
            left=self.left_at is not None,
        )

    def reset(self) -> None:
        """Forget past trouble: the operator asks for another attempt."""
        self.crashes = CrashHistory()
        self.losses.reset()
        self.last_crash = None
        self.start_at = -math.inf
        self.stopped_by_operator = False
        self.left_at = None
        self.connection_attempts = self.excused = self.kicks = 0
        self.trouble = self.tries_at = None
