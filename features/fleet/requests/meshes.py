"""Which meshes there are: `meshes`, `discover`."""

from __future__ import annotations

from typing import Literal

from meshvisor.features.fleet.results import DiscoveryReport, WantedMeshes
from meshvisor.features.fleet.supervisor.operations import FleetOperations
from meshvisor.shared.control.request import LongRequest, Request
from meshvisor.supervisor.control.handling import Call, handles


class GetMeshes(LongRequest):
    """Every mesh that discovery wants, with where it comes from and why it waits."""

    type: Literal["meshes"] = "meshes"


@handles(GetMeshes)
async def list_meshes(_request: GetMeshes, call: Call) -> WantedMeshes:
    """Return them in the fleet's order."""
    return WantedMeshes(meshes=tuple(call.need(FleetOperations).wanted()))


class Discover(Request):
    """Look for meshes now."""

    type: Literal["discover"] = "discover"


@handles(Discover)
async def discover(_request: Discover, call: Call) -> DiscoveryReport:
    """Return what was found and what it changed."""
    return await call.need(FleetOperations).discover()
