"""`uptime`: how long the bot has been running and in the room."""

from __future__ import annotations

from meshvisor.worker.mesh.commands.context import CommandContext
from meshvisor.worker.mesh.commands.registry import built_in

_UNITS = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))


@built_in("uptime", "How long I have been here")
async def uptime(ctx: CommandContext) -> str:
    """Answer with both durations."""
    here = ctx.mesh.connected_for
    running = f"Running for {duration(ctx.mesh.uptime)}"
    return running if here is None else f"{running}, in this room for {duration(here)}"


def duration(seconds: float) -> str:
    """Return a duration in its two largest units, such as `3 h 4 min`."""
    rest = int(seconds)
    words: list[str] = []
    for unit, length in _UNITS:
        count, rest = divmod(rest, length)
        if count or (unit == "s" and not words):
            words.append(f"{count} {unit}")
    return " ".join(words[:2])
