"""`relogin`: renew the session and have all bots join again, one after another."""

from __future__ import annotations

from typing import Final

from meshvisor.features.access.supervisor.administration.chat.request import (
    AdministrationServices,
    ChatRequest,
)

USAGE: Final = "relogin"


async def handle(request: ChatRequest, services: AdministrationServices) -> str:
    """Begin."""
    report = await services.session.relogin(request.actor, last=request.mesh_id)
    session = "The session is renewed" if report.renewed else "There is no session to renew"
    bots = (
        "1 bot joins its room" if report.workers == 1 else f"{report.workers} bots join their rooms"
    )
    return f"{session}; {bots} again, one after another, this one last."
