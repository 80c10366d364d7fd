"""Who may administer the fleet: `admin_list`, `admin_add`, `admin_remove`."""

from __future__ import annotations

from typing import Literal

from meshvisor.features.access.results import AdminList, AdminOutcome
from meshvisor.features.access.supervisor.administration.administration import Administration
from meshvisor.shared.control.request import RealmName, Request, WrittenUserId
from meshvisor.shared.errors import UsageError
from meshvisor.shared.model.realm import DEFAULT
from meshvisor.shared.model.user_id import check_user_id
from meshvisor.supervisor.control.handling import Call, handles


class ListAdmins(Request):
    """All users who are or were admins, in the order of their ids, one page at a time."""

    type: Literal["admin_list"] = "admin_list"
    after: str = ""
    """The last one of the page before: its user id, behind `realm/` where it has one; empty: the
    first page."""


@handles(ListAdmins, offline=True)
async def list_admins(request: ListAdmins, call: Call) -> AdminList:
    """Return one page."""
    return call.need(Administration).list_admins(request.after)


class AddAdmin(Request):
    """Make a user an admin in every mesh of a realm."""

    type: Literal["admin_add"] = "admin_add"
    user_id: WrittenUserId
    realm: RealmName = DEFAULT


@handles(AddAdmin, offline=True)
async def add_admin(request: AddAdmin, call: Call) -> AdminOutcome:
    """Add; nothing happens to one who is an admin already."""
    user_id = _user_id(request)
    return await call.need(Administration).add_admin(user_id, call.actor, request.realm)


class RemoveAdmin(Request):
    """Make an admin an ordinary user again."""

    type: Literal["admin_remove"] = "admin_remove"
    user_id: WrittenUserId
    realm: RealmName = DEFAULT


@handles(RemoveAdmin, offline=True)
async def remove_admin(request: RemoveAdmin, call: Call) -> AdminOutcome:
    """Remove an admin; for another user nothing happens."""
    user_id = _user_id(request)
    return await call.need(Administration).remove_admin(user_id, call.actor, request.realm)


# Private


def _user_id(request: AddAdmin | RemoveAdmin) -> str:
    try:
        return check_user_id(request.user_id, request.realm)
    except ValueError as error:
        raise UsageError(str(error)) from None
