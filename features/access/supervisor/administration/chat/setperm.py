"""`setperm COMMAND admin|user`: decide who may use a command."""

from __future__ import annotations

from typing import Final, Literal, cast

from meshvisor.features.access.supervisor.administration.chat.request import (
    AdministrationServices,
    ChatRequest,
)
from meshvisor.features.access.supervisor.administration.chat.wording import command_name, for_whom

USAGE: Final = "setperm COMMAND admin|user"


async def handle(request: ChatRequest, services: AdministrationServices) -> str:
    """Decide."""
    if len(request.arguments) != 2 or request.arguments[1].casefold() not in {"admin", "user"}:
        request.misused(USAGE)
    level = cast('Literal["admin", "user"]', request.arguments[1].casefold())
    outcome = await services.administration.set_permission(
        command_name(request.arguments[0]),
        level,
        request.actor,
        request.realm,
        force=request.message.known,
    )
    written = request.example(outcome.command)
    # The bot in the asking room may have a command of which the others know nothing.
    is_known = outcome.known is not False or request.message.known
    note = "" if is_known else " No bot has such a command at present."
    if not outcome.changed:
        return f"{written} is {for_whom(level)} already.{note}"
    before = for_whom(outcome.previous) if outcome.previous else "at its default"
    return f"{written} is {for_whom(level)} now, {request.everywhere}; it was {before}.{note}"
