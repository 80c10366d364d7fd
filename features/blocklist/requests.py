"""What the control socket can ask of the blocklist: `blocklist_list`, `blocklist_stats`, `block`,
`unblock`.
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from meshvisor.features.blocklist.results import BlockedMeshes, BlocklistStats, BlockOutcome
from meshvisor.features.blocklist.supervisor.operator_blocklist import OperatorBlocklist
from meshvisor.shared.control.request import LongRequest, MeshId, Request
from meshvisor.shared.control.unknown_mesh import unknown_mesh
from meshvisor.supervisor.control.handling import Call, Handler, handles
from meshvisor.supervisor.life import KnownMeshes

MAX_BLOCK: Final = 10 * 366 * 86400.0
"""Seconds of a temporary block: ten years, beyond which 'for ever' is meant."""


class ListBlocked(LongRequest):
    """Every blocked mesh with its reason."""

    type: Literal["blocklist_list"] = "blocklist_list"


@handles(ListBlocked, offline=True)
async def list_blocked(_request: ListBlocked, call: Call) -> BlockedMeshes:
    """Return them sorted by mesh id."""
    return call.need(OperatorBlocklist).list_blocked()


class GetBlocklistStats(Request):
    """How many meshes are blocked, and how."""

    type: Literal["blocklist_stats"] = "blocklist_stats"


@handles(GetBlocklistStats, offline=True)
async def count_blocked(_request: GetBlocklistStats, call: Call) -> BlocklistStats:
    """Return how many meshes are blocked, for ever and for a time."""
    return call.need(OperatorBlocklist).stats()


class Block(Request):
    """Stop a mesh and keep it from being started."""

    type: Literal["block"] = "block"
    mesh_id: MeshId
    duration: float | None = Field(None, gt=0, le=MAX_BLOCK)
    """Seconds; None: for ever."""


@handles(Block, offline=True)
async def block(request: Block, call: Call) -> BlockOutcome:
    """Block it; a mesh that is not known yet may be blocked too, before discovery finds it."""
    outcome = await call.need(OperatorBlocklist).block(
        request.mesh_id, request.duration, call.actor
    )
    detail = "for ever" if request.duration is None else f"for {request.duration:g} s"
    await call.note("block", request.mesh_id, detail)
    return outcome


class Unblock(Request):
    """Take a mesh off the blocklist; it starts again if it is wanted."""

    type: Literal["unblock"] = "unblock"
    mesh_id: MeshId


@handles(Unblock, offline=True)
async def unblock(request: Unblock, call: Call) -> BlockOutcome:
    """Unblock it.

    Raises:
        UsageError: it is neither blocked nor known, so the id was probably mistyped.
    """
    blocklist, known = call.need(OperatorBlocklist), call.find(KnownMeshes)
    if known is not None and request.mesh_id not in (*known.mesh_ids(), *blocklist.mesh_ids()):
        raise unknown_mesh(request.mesh_id, [*blocklist.mesh_ids(), *known.mesh_ids()])
    outcome = await blocklist.unblock(request.mesh_id, call.actor)
    await call.note("unblock", request.mesh_id)
    return outcome


HANDLERS: Final[tuple[Handler, ...]] = (list_blocked, count_blocked, block, unblock)
