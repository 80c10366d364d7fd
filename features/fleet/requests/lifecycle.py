"""Workers as operators start and stop them: `start`, `stop`, `restart`."""

from __future__ import annotations

from typing import Final, Literal, Self

from pydantic import model_validator

from meshvisor.features.fleet.results import MeshOutcomes
from meshvisor.features.fleet.supervisor.operations import FleetOperations
from meshvisor.shared.control.request import MeshId, Request
from meshvisor.supervisor.control.handling import Call, handles

LONGEST_SUBJECT: Final = 200
"""Characters of an entry of the audit log up to which meshes are named."""


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
    outcomes = await fleet.for_each(request.chosen, fleet.start)
    await _note(call, "mesh.start", request)
    return outcomes


class Stop(_MeshesRequest):
    """Stop meshes until they are started again."""

    type: Literal["stop"] = "stop"


@handles(Stop)
async def stop(request: Stop, call: Call) -> MeshOutcomes:
    """Return when their processes are gone."""
    fleet = call.need(FleetOperations)
    outcomes = await fleet.for_each(request.chosen, fleet.stop)
    await _note(call, "mesh.stop", request)
    return outcomes


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
    outcomes = await fleet.for_each(request.chosen, act)
    await _note(
        call, "mesh.restart", request, "beginning as in a new mesh" if request.forget else ""
    )
    return outcomes


# Private


async def _note(call: Call, action: str, request: _MeshesRequest, detail: str = "") -> None:
    """Keep in the audit log who has asked for it, in one entry however many meshes it was about."""
    names = "all meshes" if request.all else ", ".join(request.mesh_ids)
    if len(names) > LONGEST_SUBJECT:
        names = f"{len(request.mesh_ids)} meshes"
    await call.note(action, names, detail)
