"""How workers are: `health`, `process_health`, `mesh_history`, `poll`."""

from __future__ import annotations

from typing import Literal

from meshvisor.features.fleet.results import HealthStats, MeshHistory, PollReport, ProcessHealth
from meshvisor.features.fleet.supervisor.operations import FleetOperations
from meshvisor.shared.control.request import LongRequest, MeshId, Request
from meshvisor.supervisor.control.handling import Call, handles


class GetHealth(Request):
    """Sums over all workers."""

    type: Literal["health"] = "health"


@handles(GetHealth)
async def show_health(_request: GetHealth, call: Call) -> HealthStats:
    """Return them without asking any worker."""
    return call.need(FleetOperations).health()


class GetProcessHealth(Request):
    """Everything known about one mesh's worker."""

    type: Literal["process_health"] = "process_health"
    mesh_id: MeshId


@handles(GetProcessHealth)
async def show_process_health(request: GetProcessHealth, call: Call) -> ProcessHealth:
    """Return it, or raise `UsageError` for an unknown mesh."""
    return call.need(FleetOperations).process_health(request.mesh_id)


class GetMeshHistory(Request):
    """What the figures of one mesh were lately."""

    type: Literal["mesh_history"] = "mesh_history"
    mesh_id: MeshId


@handles(GetMeshHistory)
async def show_history(request: GetMeshHistory, call: Call) -> MeshHistory:
    """Return them, or raise `UsageError` for an unknown mesh."""
    return call.need(FleetOperations).history(request.mesh_id)


class Poll(LongRequest):
    """Ask every worker for its status now instead of waiting for the next poll."""

    type: Literal["poll"] = "poll"


@handles(Poll)
async def poll(_request: Poll, call: Call) -> PollReport:
    """Return the answers that came within the supervisor's deadline."""
    return await call.need(FleetOperations).poll()
