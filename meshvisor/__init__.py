"""Meshvisor keeps fleets of chat and radio-mesh bots running; what plug-ins import is here.

    from meshvisor import CommandContext, command

    @command("greet", help="Say hello")
    async def greet(ctx: CommandContext) -> None:
        await ctx.reply(f"Hello {ctx.user_name}!")

The names are those of `meshvisor.worker.api`, which explains them, and of what features add.  They
are loaded when one is asked for: every process imports this package, and most have no use for them.

In a checkout the folders here are links to those beside it; in an installation they are real.
Nothing else is installed at the top, so that other packages and the modules of a user may have any
name but `meshvisor` (docs/decisions/0025-one-package.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Features first: what one extends is the feature's.
    from meshvisor.features.jobs.worker.api import *  # noqa: F403
    from meshvisor.features.notifications.worker.api import *  # noqa: F403
    from meshvisor.worker.api import *  # type: ignore[assignment]  # noqa: F403


def __getattr__(name: str) -> object:
    """Return what plug-ins may use, loaded for the first that asks."""
    if name == "__all__" or not name.startswith("_"):
        from meshvisor.worker.api import plug_in_names

        names = plug_in_names()
        if name == "__all__":
            return sorted(names)
        if name in names:
            return names[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return what plug-ins may use."""
    from meshvisor.worker.api import plug_in_names

    return sorted(plug_in_names())
