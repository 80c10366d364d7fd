"""What to do so that the fleet becomes what it should be: a pure function, tested by table.

Owns the decision.  Does not own carrying it out (`manager`) nor when a crashed worker may come
back (`supervisor.children.restart_policy`, whose verdict arrives here as `start_at`).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from meshvisor.shared.model.mesh import MeshState


class Actual(msgspec.Struct, frozen=True):
    """What reconciling has to know of one mesh."""

    state: MeshState
    alive: bool = False
    """It has a process, even one that is about to end."""
    stopping: bool = False
    """Its process was asked to end."""
    start_at: float = -math.inf
    """Not to be started before, monotonic seconds."""
    stopped_by_operator: bool = False
    """An operator has stopped it."""
    left: bool = False
    """The bot has left the room, and discovery has not seen the mesh since."""


class Desired(msgspec.Struct, frozen=True):
    """What the fleet should be."""

    meshes: Sequence[str]
    """Mesh ids in the order in which they are served."""
    blocked: Collection[str] = frozenset()
    max_processes: int = 0
    """0: no limit."""


class Start(msgspec.Struct, frozen=True):
    """Start a worker for the mesh."""

    mesh_id: str


class Stop(msgspec.Struct, frozen=True):
    """Stop the mesh's worker politely."""

    mesh_id: str
    reason: str


class Settle(msgspec.Struct, frozen=True):
    """Show the mesh, which has no process, in this state."""

    mesh_id: str
    state: MeshState


class Forget(msgspec.Struct, frozen=True):
    """The mesh is not wanted any more and has no process: drop what is known of it."""

    mesh_id: str


Action = Start | Stop | Settle | Forget


class Plan(msgspec.Struct, frozen=True):
    """The outcome."""

    actions: tuple[Action, ...]
    wake_at: float | None
    """When to reconcile again although nothing has happened, monotonic seconds."""


def reconcile(desired: Desired, actual: Mapping[str, Actual], now: float) -> Plan:
    """Return the actions that lead from `actual` to `desired`.

    Idempotent: carried out, they lead to a plan without actions.
    """
    actions: list[Action] = []
    wanted = set(desired.meshes)
    for mesh_id, mesh in actual.items():
        if mesh_id not in wanted:
            actions += _dismiss(mesh_id, mesh)
    runnable: dict[str, Actual] = {}
    for mesh_id in desired.meshes:
        mesh = actual.get(mesh_id, _NEW)
        resting = _resting_state(mesh_id, mesh, desired)
        if resting is None:
            runnable[mesh_id] = mesh
        else:
            actions += _rest(mesh_id, mesh, resting)
    running = sum(mesh.alive for mesh in actual.values())
    actions += _share_slots(runnable, running, desired.max_processes or math.inf, now)
    return Plan(tuple(actions), _next_start(runnable.values(), now))


_NEW: Final = Actual(MeshState.WAITING)


def _dismiss(mesh_id: str, mesh: Actual) -> Iterator[Action]:
    if not mesh.alive:
        yield Forget(mesh_id)
    elif not mesh.stopping:
        yield Stop(mesh_id, "it is not listed any more")


def _resting_state(mesh_id: str, mesh: Actual, desired: Desired) -> MeshState | None:
    """Return the state of a mesh that must not run, None when it may."""
    if mesh_id in desired.blocked:
        return MeshState.BLOCKED
    if mesh.stopped_by_operator or mesh.left:
        return MeshState.STOPPED
    return None


def _rest(mesh_id: str, mesh: Actual, state: MeshState) -> Iterator[Action]:
    if mesh.alive:
        # A worker whose bot has left ends by itself.
        if not mesh.stopping and not mesh.left:
            yield Stop(mesh_id, f"it is {state}")
    elif mesh.state is not state:
        yield Settle(mesh_id, state)


def _share_slots(
    runnable: Mapping[str, Actual], running: int, slots: float, now: float
) -> Iterator[Action]:
    """Give the places under `max_processes` to meshes, and processes to those that have one."""
    ranked = sorted(runnable, key=lambda mesh_id: _rank(runnable[mesh_id], now))
    for position, mesh_id in enumerate(ranked):
        mesh = runnable[mesh_id]
        has_slot = position < slots
        if mesh.alive:
            if not has_slot and not mesh.stopping:
                yield Stop(mesh_id, "max_processes is lower now")
        elif mesh.start_at > now:
            continue
        elif has_slot and running < slots:
            running += 1
            yield Start(mesh_id)
        elif mesh.state is not MeshState.WAITING or mesh is _NEW:
            yield Settle(mesh_id, MeshState.WAITING)


def _rank(mesh: Actual, now: float) -> int:
    """Return who goes first when places are short; equal ranks keep the order of the meshes.

    A mesh that waits for its restart comes before those that never ran: else each crash would
    hand its place to a waiting mesh.  One that failed gives its place up until it is tried again.
    """
    if mesh.alive:
        return 0
    if mesh.state is MeshState.RESTARTING:
        return 1
    return 2 if mesh.start_at <= now else 3


def _next_start(runnable: Collection[Actual], now: float) -> float | None:
    moments = [mesh.start_at for mesh in runnable if not mesh.alive and mesh.start_at > now]
    return min(moments, default=None)
