"""Who may use which command: `perm_list`, `perm_set`, `perm_unset`, and `refresh`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator

from meshvisor.features.access.results import PermissionList, PermissionOutcome, RefreshReport
from meshvisor.features.access.supervisor.administration.administration import Administration
from meshvisor.shared.control.request import LongRequest, RealmName, Request
from meshvisor.shared.model.command_name import check_command_name
from meshvisor.shared.model.realm import DEFAULT
from meshvisor.supervisor.control.handling import Call, handles

CommandName = Annotated[str, BeforeValidator(lambda value: check_command_name(str(value)))]


class ListPermissions(LongRequest):
    """What is decided about commands, and who may use which."""

    type: Literal["perm_list"] = "perm_list"
    realm: RealmName | None = None
    """Only what holds in this realm; None: all that is decided."""


@handles(ListPermissions, offline=True)
async def list_permissions(request: ListPermissions, call: Call) -> PermissionList:
    """Return it as last known."""
    return call.need(Administration).list_permissions(request.realm)


class SetPermission(Request):
    """Decide who may use a command."""

    type: Literal["perm_set"] = "perm_set"
    command: CommandName
    level: Literal["admin", "user"]
    realm: RealmName = DEFAULT
    force: bool = False
    """Also about a command that no worker has."""


@handles(SetPermission, offline=True)
async def set_permission(request: SetPermission, call: Call) -> PermissionOutcome:
    """Return what has held before and holds now."""
    return await call.need(Administration).set_permission(
        request.command, request.level, call.actor, request.realm, force=request.force
    )


class UnsetPermission(Request):
    """Leave a command to its default again."""

    type: Literal["perm_unset"] = "perm_unset"
    command: CommandName
    realm: RealmName = DEFAULT


@handles(UnsetPermission, offline=True)
async def unset_permission(request: UnsetPermission, call: Call) -> PermissionOutcome:
    """Forget what is decided."""
    return await call.need(Administration).unset_permission(
        request.command, call.actor, request.realm
    )


class Refresh(Request):
    """Read credentials, admins and permissions anew and tell all workers."""

    type: Literal["refresh"] = "refresh"


@handles(Refresh)
async def refresh(_request: Refresh, call: Call) -> RefreshReport:
    """Return what has changed."""
    return await call.need(Administration).refresh(call.actor)
