"""`/api/v1/operators/sessions` and `/me/sessions`: who is signed in, and ending that.

Signing in and out itself is in `sign_in`.
"""

from __future__ import annotations

from typing import Any

from meshvisor.console.access import Asking
from meshvisor.console.problem import ProblemError
from meshvisor.console.routing import SIGNED_IN
from meshvisor.features.operators.results import SessionList, SessionsEnded
from meshvisor.features.operators.routes.operators import ROUTES, NamePath
from meshvisor.features.operators.routes.reach import check_reach

__all__ = ["ROUTES"]


@ROUTES.get("/sessions", "admin", result=SessionList)
async def list_sessions(caller: Asking) -> Any:
    """List who is signed in, from where and since when."""
    return await caller.ask("operators_sessions")


@ROUTES.get("/me/sessions", SIGNED_IN, result=SessionList)
async def list_own_sessions(caller: Asking) -> Any:
    """List one's own sessions."""
    if caller.identity.session_id is None:
        return {"sessions": []}
    return await caller.ask("operators_sessions", operator=caller.identity.name)


@ROUTES.delete("/me/sessions/{session}", SIGNED_IN, result=SessionsEnded)
async def end_own_session(caller: Asking, session: int) -> Any:
    """End one of one's own sessions."""
    if caller.identity.session_id is None:
        raise ProblemError(404, "A token has no sessions.")
    return await caller.ask(
        "operators_end_sessions", operator=caller.identity.name, session=session
    )


@ROUTES.delete("/{name}/sessions", "admin", result=SessionsEnded)
async def end_sessions(caller: Asking, name: NamePath) -> Any:
    """End all sessions of an operator."""
    await check_reach(caller, name)
    return await caller.ask("operators_end_sessions", operator=name)
