"""What requests about the fleet return: the JSON that `--json` prints (docs/cli.md).

Owns the shapes, by the rules of `shared.control.results`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from meshvisor.features.blocklist.results import BlockedMesh
from meshvisor.shared.control.results import Result
from meshvisor.shared.model.mesh import MeshState


class Totals(Result):
    """Meshes counted by what operators care about."""

    meshes: int
    connected: int
    unhealthy: int
    failed: int
    blocked: int
    """Blocked in any way."""
    blocked_permanently: int


def _is_nothing(value: object) -> bool:
    # For what few entries of many have: left out of the others, it costs them nothing.
    return value is None


class LossesReport(Result):
    """How a mesh is lost again and again."""

    times: int
    within_seconds: float
    last: str
    """Why it was lost the last time."""


class MeshStatus(Result):
    """One mesh and its worker."""

    mesh_id: str
    state: MeshState
    pid: int | None
    """None: there is no process."""
    uptime_seconds: float | None
    """Of the process; None: there is none."""
    restarts: int
    """Processes started for this mesh by this supervisor beyond the first."""
    connection_attempts: int
    """Failed connects in a row."""
    is_healthy: bool
    event_loop_lag_ms: float | None
    """None: it has not answered yet."""
    memory_bytes: int | None
    last_error: str | None
    starts_in_seconds: float | None = Field(None, exclude_if=_is_nothing)
    """Until it is started by itself after crashes; None: it runs, or waits for something else."""
    tries_again_in_seconds: float | None = Field(None, exclude_if=_is_nothing)
    """Until its worker connects again by itself, where that takes long; None: soon."""
    trouble: Literal["unauthorized", "replaced", "kicked", "broken"] | None = Field(
        None, exclude_if=_is_nothing
    )
    """Why the bot is out of its mesh, where that needs more than patience: its account is not
    accepted, another client uses it, the bot was thrown out and comes back later, or what carries
    the mesh cannot be started."""
    losses: LossesReport | None = Field(None, exclude_if=_is_nothing)
    """How it is lost, or not reached, again and again lately; None: it is not."""
    remark: str | None = Field(None, exclude_if=_is_nothing)
    """What its network does not let the bot do, while it is connected; None: nothing."""
    transport: str | None = Field(None, exclude_if=_is_nothing)
    """What carries its messages; None: it is a watch-party room."""
    address: str | None = Field(None, exclude_if=_is_nothing)
    """The network's name of it; None: its id is that too."""
    account: str | None = Field(None, exclude_if=_is_nothing)
    """Which of `[accounts]` the bot has there; None: the one of the platform."""
    block: BlockedMesh | None = Field(None, exclude_if=_is_nothing)
    """Why it is blocked and until when; None: it is not."""


class HealthStats(Result):
    """Answer to `health`: sums over all workers."""

    total: int
    """Meshes that have a process."""
    healthy: int
    connected: int
    disconnected: int
    unhealthy: int
    failed: int
    restarts: int
    """Of all meshes, since the supervisor started."""
    max_event_loop_lag_ms: float | None
    memory_bytes: int
    """Resident memory of all workers; pages that they share are counted for each."""


class ProcessHealth(MeshStatus):
    """Answer to `process_health`: a `MeshStatus` with more."""

    server: str | None = None
    heartbeat_age_seconds: float | None = None
    """Since the worker's event loop was last seen alive; None: no process."""
    status_age_seconds: float | None = None
    """Since the worker last answered a status request; None: never."""
    counters: Mapping[str, int] = {}
    """What the worker has counted since it started, such as `messages_received`."""


class FigureSample(Result):
    """What the figures of a mesh were at one moment, beside the medians of all meshes."""

    at: str
    event_loop_lag_ms: float | None
    """None, here and below: it was not known."""
    memory_bytes: int | None
    median_event_loop_lag_ms: float | None
    median_memory_bytes: int | None


class MeshHistory(Result):
    """Answer to `mesh_history`."""

    mesh_id: str
    interval_seconds: float
    """Between two samples."""
    samples: tuple[FigureSample, ...]
    """Oldest first; sixty at most, and none before the first round of status requests."""


class Said(Result):
    """Answer to `say`."""

    is_said: bool
    """False: it is said when it is its turn."""
    is_direct: bool | None = None
    """Whether only its user can read it; null: it is not said yet."""


class CommandRun(Result):
    """Answer to `command_run`."""

    response: str
    """What the command has answered; several answers on a line each."""
    responses: tuple[str, ...]
    """The same, one by one."""


class PollReport(Result):
    """Answer to `poll`."""

    answers: int
    total: int
    """Workers that were asked."""
    duration_ms: float
    """From the first question to the last answer."""
    unanswered: tuple[str, ...] = ()
    """Mesh ids."""
    meshes: tuple[MeshStatus, ...]


class MeshOutcome(Result):
    """What became of one mesh."""

    mesh_id: str
    state: MeshState
    """Right after the request; `spawning` turns into `connected` a moment later."""
    error: str | None = None
    """One sentence when the request failed for this mesh."""


class MeshOutcomes(Result):
    """Answer to `start`, `stop` and `restart`."""

    meshes: tuple[MeshOutcome, ...]


class WantedMesh(Result):
    """One mesh that discovery wants."""

    mesh_id: str
    state: MeshState
    server: str
    """Address of its server; empty: its transport has none."""
    source: str
    """`settings`, `platform`, `playground` or `accounts.NAME`."""
    transport: str | None = Field(None, exclude_if=_is_nothing)
    """As in `MeshStatus`, and so are the next two."""
    address: str | None = Field(None, exclude_if=_is_nothing)
    account: str | None = Field(None, exclude_if=_is_nothing)
    waiting_for: str | None = None
    """Why it does not run although it is wanted, in a few words; None: it runs or may."""


class WantedMeshes(Result):
    """Answer to `meshes`."""

    meshes: tuple[WantedMesh, ...]


class DiscoveryReport(Result):
    """Answer to `discover`."""

    found: int
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    duration_ms: float = 0
    errors: tuple[str, ...] = ()
    """One sentence for each source that could not be asked; its old meshes are kept."""
