"""`help`: the list of commands, or what one of them does."""

from __future__ import annotations

from worker.mesh.commands.context import CommandContext
from worker.mesh.commands.registry import COMMANDS, built_in


@built_in("help", "List the commands, or explain one: help NAME")
async def help_(ctx: CommandContext) -> str:
    """Answer with all names, or with the help line of the one that was named."""
    prefix = ctx.prefix
    if not ctx.args:
        names = ", ".join(prefix + name for name in COMMANDS.names)
        return f"I know {names}. {prefix}help NAME explains one."
    asked = ctx.args[0].removeprefix(prefix)
    command = COMMANDS.find(asked)
    if command is None:
        return COMMANDS.unknown(prefix, asked)
    return f"{prefix}{command.name}: {command.help or 'nobody has written down what it does'}"
