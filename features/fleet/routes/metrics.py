"""Numbers of the fleet; `Feature.metrics`."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

from meshvisor.console.control import Control
from meshvisor.console.metrics import Metric
from meshvisor.shared.model.mesh import MeshState

_OF_MESH = (
    ("event_loop_lag_ms", "meshvisor_mesh_loop_lag_seconds", "Lag of a worker's loop.", 0.001),
    ("memory_bytes", "meshvisor_mesh_memory_bytes", "Memory of a worker.", 1),
    ("uptime_seconds", "meshvisor_mesh_uptime_seconds", "How long a worker lives.", 1),
)


async def collect(_control: Control, status: dict[str, Any]) -> AsyncIterator[Metric]:
    """Yield them; all are in the status."""
    meshes = status["meshes"]
    states = Counter(mesh["state"] for mesh in meshes)
    yield Metric(
        "meshvisor_meshes",
        "Meshes by state.",
        tuple(({"state": str(state)}, states[str(state)]) for state in MeshState),
    )
    yield Metric(
        "meshvisor_mesh_connected",
        "1: the mesh is connected.",
        tuple(({"mesh": one["mesh_id"]}, one["state"] == MeshState.CONNECTED) for one in meshes),
    )
    yield Metric(
        "meshvisor_mesh_restarts",
        "Restarts of a worker since the start of the supervisor.",
        tuple(({"mesh": one["mesh_id"]}, one["restarts"]) for one in meshes),
        is_counter=True,
    )
    for name, metric, about, unit in _OF_MESH:
        known = ((one["mesh_id"], one[name]) for one in meshes if one[name] is not None)
        yield Metric(
            metric, about, tuple(({"mesh": mesh_id}, unit * value) for mesh_id, value in known)
        )
