"""`/api/v1/fleet`: meshes and their workers."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Path
from pydantic import BaseModel, Field

from meshvisor.console.access import Asking
from meshvisor.console.fields import Body
from meshvisor.console.routing import FeatureRoutes
from meshvisor.features.fleet.results import (
    DiscoveryReport,
    HealthStats,
    MeshHistory,
    MeshOutcomes,
    MeshStatus,
    PollReport,
    ProcessHealth,
    Said,
    Totals,
    WantedMeshes,
)
from meshvisor.shared.control.client import SLOW_TIMEOUT

ROUTES: Final = FeatureRoutes("fleet", about="Meshes and the workers that hold them.")

MOST_AT_ONCE: Final = 1000

LONGEST_MESSAGE: Final = 32_768
"""Characters; networks that take less get it in pieces."""

MeshPath = Annotated[str, Path(min_length=1, max_length=255, examples=["lobby"])]


class FleetState(BaseModel):
    """Every mesh with its state, as last known."""

    totals: Totals
    meshes: list[MeshStatus]


class Chosen(Body):
    """Some meshes, or all."""

    mesh_ids: list[str] = Field(
        default_factory=list, max_length=MOST_AT_ONCE, examples=[["lobby", "cinema"]]
    )
    all: bool = Field(False, description="All of them, instead of naming them.")


class Restarted(Chosen):
    """Some meshes, or all, and how they are restarted."""

    forget: bool = Field(
        False, description="Whether the bots begin as in a new mesh, without what was said there."
    )


class Words(Body):
    """What is to be said."""

    text: str = Field(
        min_length=1, max_length=LONGEST_MESSAGE, pattern=r"\S", examples=["Back in a minute."]
    )
    user_id: str | None = Field(
        None,
        min_length=1,
        max_length=255,
        description="For whom: to them alone where the network has direct messages, else in the "
        "room with their name before it; without, to everybody.",
    )


@ROUTES.get("/meshes", "view", result=FleetState)
async def list_meshes(caller: Asking) -> Any:
    """List every mesh with its state, as last known."""
    status = await caller.status()
    return {"totals": status["totals"], "meshes": status["meshes"]}


@ROUTES.get("/meshes/wanted", "view", result=WantedMeshes)
async def list_wanted_meshes(caller: Asking) -> Any:
    """List the meshes that discovery wants, with where each comes from and why it waits."""
    return await caller.ask("meshes")


@ROUTES.get("/meshes/{mesh_id}", "view", result=ProcessHealth)
async def show_mesh(caller: Asking, mesh_id: MeshPath) -> Any:
    """Show everything known about the worker of one mesh."""
    return await caller.ask("process_health", mesh_id=mesh_id)


@ROUTES.get("/meshes/{mesh_id}/history", "view", result=MeshHistory)
async def show_mesh_history(caller: Asking, mesh_id: MeshPath) -> Any:
    """Show what lag and memory of one mesh were lately, beside the medians of all."""
    return await caller.ask("mesh_history", mesh_id=mesh_id)


@ROUTES.post("/meshes/{mesh_id}/say", "operate", result=Said)
async def say_in_mesh(caller: Asking, mesh_id: MeshPath, body: Words) -> Any:
    """Have the bot of a mesh say something to everybody there, or to one user."""
    return await caller.ask("say", mesh_id=mesh_id, **body.model_dump())


@ROUTES.get("/health", "view", result=HealthStats)
async def show_health(caller: Asking) -> Any:
    """Sum up all workers."""
    return await caller.ask("health")


@ROUTES.post("/poll", "operate", result=PollReport)
async def poll_workers(caller: Asking) -> Any:
    """Ask every worker for its status now."""
    return await caller.ask("poll", timeout=SLOW_TIMEOUT)


@ROUTES.post("/discover", "operate", result=DiscoveryReport)
async def discover_meshes(caller: Asking) -> Any:
    """Look for meshes now."""
    return await caller.ask("discover", timeout=SLOW_TIMEOUT)


@ROUTES.post("/start", "operate", result=MeshOutcomes)
async def start_meshes(caller: Asking, body: Chosen) -> Any:
    """Start meshes that are stopped or failed; nothing happens to those that run."""
    return await caller.ask("start", timeout=SLOW_TIMEOUT, **body.model_dump())


@ROUTES.post("/stop", "operate", result=MeshOutcomes)
async def stop_meshes(caller: Asking, body: Chosen) -> Any:
    """Stop meshes until they are started again; answers when their processes are gone."""
    return await caller.ask("stop", timeout=SLOW_TIMEOUT, **body.model_dump())


@ROUTES.post("/restart", "operate", result=MeshOutcomes)
async def restart_meshes(caller: Asking, body: Restarted) -> Any:
    """Replace the processes of meshes, or start those that have none."""
    return await caller.ask("restart", timeout=SLOW_TIMEOUT, **body.model_dump())
