"""`removeperm COMMAND`: leave a command to its default again."""

from __future__ import annotations

from typing import Final

from meshvisor.features.access.supervisor.administration.chat.request import (
    AdministrationServices,
    ChatRequest,
)
from meshvisor.features.access.supervisor.administration.chat.wording import command_name, for_whom

USAGE: Final = "removeperm COMMAND"


async def handle(request: ChatRequest, services: AdministrationServices) -> str:
    """Forget what is decided."""
    if len(request.arguments) != 1:
        request.misused(USAGE)
    outcome = await services.administration.unset_permission(
        command_name(request.arguments[0]), request.actor, request.realm
    )
    written = request.example(outcome.command)
    if outcome.previous is None:
        return f"Nothing is decided about {written}; it is at its default."
    return f"{written} is at its default again; it was {for_whom(outcome.previous)}."
