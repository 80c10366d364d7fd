"""Workers as operators start and stop them: `start`, `stop`, `restart`."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from meshvisor.features.fleet.results import MeshOutcomes
from meshvisor.features.fleet.supervisor.operations import FleetOperations
from meshvisor.shared.control.request import MeshId, Request
from meshvisor.supervisor.control.handling import Call, handles


class _MeshesRequest(Request):
    """A request about some meshes, or about all."""

    mesh_ids: tuple[MeshId, ...] = ()
    all: bool = False
    """Instead of naming them."""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.all == bool(self.mesh_ids):
            raise ValueError("name one or more meshes, or say all of them, but not both")
        return self

    @property
    def chosen(self) -> tuple[str, ...] | None:
        """Which ones; None: all."""
        return None if self.all else self.mesh_ids


class Start(_MeshesRequest):
    """Start meshes that are stopped or failed; nothing happens to those that run."""

    type: Literal["start"] = "start"


@handles(Start)
async def start(request: Start, call: Call) -> MeshOutcomes:
    """Return what became of each."""
    fleet = call.need(FleetOperations)
    return await fleet.for_each(request.chosen, fleet.start)


class Stop(_MeshesRequest):
    """Stop meshes until they are started again."""

    type: Literal["stop"] = "stop"


@handles(Stop)
async def stop(request: Stop, call: Call) -> MeshOutcomes:
    """Return when their processes are gone."""
    fleet = call.need(FleetOperations)
    return await fleet.for_each(request.chosen, fleet.stop)


class Restart(_MeshesRequest):
    """Replace the processes of meshes, or start those that have none."""

    type: Literal["restart"] = "restart"
    forget: bool = False
    """Whether how far their bots have heard is forgotten: they begin as in a new mesh."""


@handles(Restart)
async def restart(request: Restart, call: Call) -> MeshOutcomes:
    """Return when the old processes are gone."""
    fleet = call.need(FleetOperations)
    act = fleet.restart_anew if request.forget else fleet.restart
    return await fleet.for_each(request.chosen, act)
