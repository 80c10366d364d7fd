"""Whom a caller may manage: operators who may do no more than the caller.

`operators:admin` alone would otherwise be everything: its holder makes an owner, or becomes one by
the link for a new password.  Local commands ask the supervisor themselves and may do all.
"""

from __future__ import annotations

from meshvisor.console.access import Caller
from meshvisor.console.problem import ProblemError
from meshvisor.features.operators.routes import reading
from meshvisor.features.operators.wordings import OPERATOR_MAY_MORE, ROLE_MAY_MORE
from meshvisor.shared.scopes import ROLES, covers


async def check_reach(caller: Caller, name: str | None, new_role: str | None = None) -> None:
    """Refuse to change an operator beyond what the caller may do.

    Args:
        caller: who changes them.
        name: of the operator; None, or one that does not exist: a new one.
        new_role: which they get; None: they keep theirs.

    Raises:
        ProblemError: the role that they have or get allows more than the caller may do.
    """
    held = caller.identity.scopes
    role = None if name is None else await reading.role(caller.console.database, name)
    if role is not None and not covers(held, ROLES[role]):
        raise ProblemError(
            403,
            OPERATOR_MAY_MORE.said(
                name=name, role=role, needed=", ".join(ROLES[role]), held=", ".join(held)
            ),
        )
    if new_role is not None and not covers(held, ROLES[new_role]):
        raise ProblemError(403, ROLE_MAY_MORE.said(role=new_role))
