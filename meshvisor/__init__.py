"""Meshvisor keeps fleets of chat and radio-mesh bots running; what plug-ins import is here.

    from meshvisor import CommandContext, command

    @command("greet", help="Say hello")
    async def greet(ctx: CommandContext) -> None:
        await ctx.reply(f"Hello {ctx.user_name}!")

The names are those of `meshvisor.worker.api`, which explains them.  They are loaded when one is
asked for: every process imports this package, and most have no use for them.

In a checkout the folders here are links to those beside it; in an installation they are real.
Nothing else is installed at the top, so that other packages and the modules of a user may have any
name but `meshvisor` (docs/decisions/0025-one-package.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from meshvisor.worker.api import *  # noqa: F403 - the same names, and no others


def __getattr__(name: str) -> object:
    """Return what plug-ins may use, loaded for the first that asks."""
    if name == "__all__" or not name.startswith("_"):
        from meshvisor.worker import api

        if name == "__all__" or name in api.__all__:
            return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return what plug-ins may use."""
    from meshvisor.worker import api

    return list(api.__all__)
