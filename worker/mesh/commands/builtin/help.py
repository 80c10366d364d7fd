"""`help`: the commands that a user may use, or what one of them does."""

from __future__ import annotations

from meshvisor.worker.mesh.commands.context import CommandContext
from meshvisor.worker.mesh.commands.registry import COMMANDS, Command, built_in


@built_in("help", "List the commands, or explain one: help NAME")
async def help_(ctx: CommandContext) -> str:
    """Answer with all names, or with the help line of the one that was named."""
    prefix = ctx.prefix
    if not ctx.args:
        names = ", ".join(prefix + command.name for command in COMMANDS if ctx.may_use(command))
        return f"I know {names}. {prefix}help NAME explains one."
    asked = ctx.args[0].removeprefix(prefix)
    command = COMMANDS.find(asked)
    if command is None:
        return COMMANDS.unknown(prefix, asked, ctx.may_use)
    if not ctx.may_use(command):
        return f"{prefix}{command.name} is for admins. {prefix}help lists what you may use."
    return _explained(command, prefix)


def _explained(command: Command, prefix: str) -> str:
    line = f"{prefix}{command.name}: {command.help or 'it has no description'}"
    return f"{line}. {command.how(prefix)}" if command.usage else line
