"""A job whose second item waits until a file is there."""

import asyncio
from pathlib import Path

from meshvisor import CommandContext, JobContext, action, command


def may_go() -> bool:
    """Say whether the second item may be done."""
    return Path("go").exists()


@command("chore", admin=True)
async def chore(ctx: CommandContext) -> None:
    """Begin a chore."""
    await ctx.submit("chore", items=["one", "two"])


@action("chore", lane="chores")
async def do_chore(job: JobContext) -> None:
    """Do its items one after the other."""
    async for item in job.items():
        while item.key == "two" and not may_go():
            await job.checkpoint()
            await asyncio.sleep(0.05)
        await item.done(item.key)
