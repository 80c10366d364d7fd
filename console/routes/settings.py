"""`/api/v1/settings` and `/api/v1/supervisor`: the settings, and the supervisor itself."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, Field

from meshvisor.console.access import Asking
from meshvisor.console.routing import FeatureRoutes
from meshvisor.shared.control.client import SLOW_TIMEOUT
from meshvisor.shared.control.results import Concern, ReloadReport, SettingsReport

SUPERVISOR: Final = FeatureRoutes("supervisor", about="The supervisor: how it is, as a whole.")
SETTINGS: Final = FeatureRoutes("settings", about="The settings, and taking over changed ones.")


class Overview(BaseModel):
    """What `meshvisor status --json` prints; features add fields."""

    supervisor: dict[str, Any] = Field(
        description="pid, state, version, uptime_seconds, problems, notices, skipped_plugins …"
    )
    totals: dict[str, Any] | None = Field(None, description="Meshes by state.")
    meshes: list[dict[str, Any]] | None = Field(None, description="Every mesh, as last known.")


class ConcernList(BaseModel):
    """What an operator should know of the supervisor itself."""

    concerns: list[Concern] = Field(description="What hinders it comes first.")


@SUPERVISOR.get("/status", "view", result=Overview)
async def show_status(caller: Asking) -> Any:
    """Show the state of the supervisor and of everything that it keeps, as last known."""
    return await caller.status()


@SUPERVISOR.get("/concerns", "view", result=ConcernList)
async def list_concerns(caller: Asking) -> Any:
    """List what is wrong at present and what is worth a look, with codes, and since when."""
    status = await caller.status()
    return {"concerns": status["supervisor"]["concerns"]}


@SETTINGS.get("", "view", result=SettingsReport)
async def show_settings(caller: Asking) -> Any:
    """Show the settings that hold, with secrets masked, and what a reload would change."""
    return await caller.ask("settings")


@SETTINGS.post("/reload", "edit", result=ReloadReport)
async def reload_settings(caller: Asking) -> Any:
    """Read the settings again and change what changed; wrong ones change nothing."""
    return await caller.ask("reload", timeout=SLOW_TIMEOUT)
