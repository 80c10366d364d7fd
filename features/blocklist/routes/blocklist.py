"""`/api/v1/blocklist`: meshes that are kept from being started."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Path
from pydantic import Field

from meshvisor.console.access import Asking
from meshvisor.console.fields import Body
from meshvisor.console.routing import FeatureRoutes
from meshvisor.features.blocklist.results import BlockedMeshes, BlocklistStats, BlockOutcome

ROUTES: Final = FeatureRoutes("blocklist", about="Meshes that are kept from being started.")

LONGEST: Final = 10 * 366 * 86400.0

MeshPath = Annotated[str, Path(min_length=1, max_length=255, examples=["lobby"])]


class NewBlock(Body):
    """A mesh to block."""

    mesh_id: str = Field(min_length=1, max_length=255, examples=["lobby"])
    duration: float | None = Field(
        None, gt=0, le=LONGEST, description="Seconds; null: for ever.", examples=[3600]
    )


@ROUTES.get("", "view", result=BlockedMeshes)
async def list_blocked(caller: Asking) -> Any:
    """List the blocked meshes, why, and until when."""
    return await caller.ask("blocklist_list")


@ROUTES.get("/stats", "view", result=BlocklistStats)
async def count_blocked(caller: Asking) -> Any:
    """Count the blocked meshes."""
    return await caller.ask("blocklist_stats")


@ROUTES.post("", "operate", result=BlockOutcome)
async def block_mesh(caller: Asking, body: NewBlock) -> Any:
    """Stop a mesh and keep it from being started; one that is blocked is blocked anew."""
    return await caller.ask("block", **body.model_dump())


@ROUTES.delete("/{mesh_id}", "operate", result=BlockOutcome)
async def unblock_mesh(caller: Asking, mesh_id: MeshPath) -> Any:
    """Take a mesh off the blocklist; it starts again if it is wanted."""
    return await caller.ask("unblock", mesh_id=mesh_id)
