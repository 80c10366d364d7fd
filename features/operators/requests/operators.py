"""What the control socket can ask of operators."""

from __future__ import annotations

from typing import Final, Literal

from meshvisor.features.operators.requests.fields import Name, PasswordHash, Role
from meshvisor.features.operators.results import OperatorList, OperatorOutcome
from meshvisor.features.operators.supervisor.operators import Operators
from meshvisor.shared.control.request import Request
from meshvisor.supervisor.control.handling import Call, Handler, handles


class ListOperators(Request):
    """All operators of the console."""

    type: Literal["operators_list"] = "operators_list"


@handles(ListOperators, offline=True)
async def list_operators(_request: ListOperators, call: Call) -> OperatorList:
    """Return them by name."""
    return await call.need(Operators).list_operators()


class ChangeRole(Request):
    """Give an operator another role."""

    type: Literal["operators_role"] = "operators_role"
    name: Name
    role: Role


@handles(ChangeRole, offline=True)
async def change_role(request: ChangeRole, call: Call) -> OperatorOutcome:
    """Give it."""
    return await call.need(Operators).change_role(request.name, request.role, call.actor)


class ChangePassword(Request):
    """Give an operator another password, which ends their other sessions."""

    type: Literal["operators_password"] = "operators_password"
    name: Name
    password_hash: PasswordHash
    keep_session: int | None = None
    """Number of the session that goes on; None: all end."""


@handles(ChangePassword, offline=True)
async def change_password(request: ChangePassword, call: Call) -> OperatorOutcome:
    """Change it."""
    return await call.need(Operators).change_password(
        request.name, request.password_hash, request.keep_session, call.actor
    )


class RemoveOperator(Request):
    """Remove an operator, who may use the console no more."""

    type: Literal["operators_remove"] = "operators_remove"
    name: Name


@handles(RemoveOperator, offline=True)
async def remove_operator(request: RemoveOperator, call: Call) -> OperatorOutcome:
    """Remove them, and end their sessions."""
    return await call.need(Operators).remove(request.name, call.actor)


HANDLERS: Final[tuple[Handler, ...]] = (
    list_operators,
    change_role,
    change_password,
    remove_operator,
)
