"""`ping`: the shortest way to see that the bot is there."""

from __future__ import annotations

from meshvisor.worker.mesh.commands.context import CommandContext
from meshvisor.worker.mesh.commands.registry import built_in


@built_in("ping", "See whether I am there")
async def ping(_ctx: CommandContext) -> str:
    """Answer."""
    return "pong"
