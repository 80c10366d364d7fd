"""`about`: what this bot is."""

from __future__ import annotations

from meshvisor.shared.version import VERSION
from meshvisor.worker.mesh.commands.context import CommandContext
from meshvisor.worker.mesh.commands.registry import built_in


@built_in("about", "What I am")
async def about(ctx: CommandContext) -> str:
    """Answer with name and version."""
    return (
        f"I am a bot kept running by Meshvisor {VERSION}, in a process of my own for this mesh. "
        f"{ctx.prefix}help lists what I can do."
    )
