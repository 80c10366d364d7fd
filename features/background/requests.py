"""What the control socket can do about background commands: `background_cancel`.

They need no supervisor.  The console asks it to end one, so
that the audit log says who.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from meshvisor.features.background.cancelling import cancel
from meshvisor.features.background.folder import choose_folder
from meshvisor.features.background.looking import look_for
from meshvisor.features.background.names import Files, check_name
from meshvisor.features.background.results import BackgroundCancelled
from meshvisor.features.background.status import OUTCOMES, State
from meshvisor.features.background.wordings import NOT_RUNNING
from meshvisor.shared.control.request import Request
from meshvisor.shared.errors import ConflictError
from meshvisor.supervisor.audit.log import AuditLog
from meshvisor.supervisor.control.handling import Call, Handler, handles

LONGEST: Final = 600.0
"""Seconds that a command may have to end by itself."""


class CancelBackground(Request):
    """End a background command and all that comes from it."""

    type: Literal["background_cancel"] = "background_cancel"
    name: Annotated[str, AfterValidator(check_name)]
    kill_after: float = Field(30.0, ge=0, le=LONGEST)
    """Seconds that it has to end by itself."""


@handles(CancelBackground)
async def cancel_background(request: CancelBackground, call: Call) -> BackgroundCancelled:
    """End it.

    Raises:
        UnknownError: there is none of that name.
        ConflictError: it does not run.
        MeshvisorError: it does not end.
    """
    files = Files(choose_folder(None), request.name)
    found = await asyncio.to_thread(look_for, files)
    if not found.runs and not found.left:
        outcome = OUTCOMES[State(found.status.status)]
        raise ConflictError(NOT_RUNNING.said(name=request.name, outcome=outcome))
    killed = await asyncio.to_thread(cancel, found, request.kill_after)
    detail = f"PID {found.status.pid}" + (", killed" if killed else "")
    await call.need(AuditLog).add(call.actor, "background.cancel", request.name, detail=detail)
    return BackgroundCancelled(name=request.name, pid=found.status.pid, killed=killed)


HANDLERS: Final[tuple[Handler, ...]] = (cancel_background,)
