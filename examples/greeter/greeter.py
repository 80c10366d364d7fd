"""Greets people: when they come into a room, and when a user asks for it.

Copy this file into `config/plugins/`, or name its module in `[plugins] modules`.
"""

from __future__ import annotations

import time

from meshvisor import CommandContext, JoinEvent, LeaveEvent, command, event

AGAIN_AFTER = 3600.0
"""Seconds after which a user who comes back is welcomed again.  Connections break; a bot that
welcomes the same person five times in a minute is a nuisance."""

# Module state belongs to one worker, and so to one room: no other code sees or changes it.
_last_seen: dict[str, float] = {}


@command("greet", help="Say hello, to you or to whoever you name: greet @ann")
async def greet(ctx: CommandContext) -> str:
    """Answer with a greeting; a returned text is sent as the reply."""
    names = [user.name for user in ctx.mentions] or list(ctx.args) or [ctx.user_name]
    return f"Hello {' and '.join(names)}!"


@event("join")
async def welcome(joined: JoinEvent) -> None:
    """Welcome a user who was not here a moment ago."""
    last_seen = _last_seen.get(joined.user.id)
    if last_seen is None or time.monotonic() - last_seen > AGAIN_AFTER:
        await joined.mesh.send(f"Welcome, {joined.user.name}!")
    _last_seen[joined.user.id] = time.monotonic()


@event("leave")
async def remember(left: LeaveEvent) -> None:
    """Remember when a user was last here."""
    _last_seen[left.user.id] = time.monotonic()
