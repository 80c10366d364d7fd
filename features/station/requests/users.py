"""What can be asked of users."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import AwareDatetime, Field

from meshvisor.features.station.model.user import LONGEST_NOTE, LONGEST_USER_NAME, UserFilter
from meshvisor.features.station.model.zone import Latitude, Longitude
from meshvisor.features.station.requests.fields import Limit, Name, UserName
from meshvisor.features.station.results import (
    PositionList,
    PositionOutcome,
    UserForgotten,
    UserGroups,
    UserList,
    UserReport,
)
from meshvisor.features.station.supervisor.users import GroupChange, UserService
from meshvisor.shared.control.request import LongRequest, MeshId, Request
from meshvisor.supervisor.control.handling import Call, Handler, handles

MOST_GROUPS: Final = 100
"""Groups of one request."""

LARGEST_ACCURACY: Final = 20_000_000.0
"""Metres."""


class ListUsers(LongRequest):
    """Users by id."""

    type: Literal["station_users"] = "station_users"
    online: bool | None = None
    """Null: no matter; here and below."""
    registered: bool | None = None
    has_position: bool | None = None
    """Whether it is known where they were last."""
    group: Name | None = None
    zone: Name | None = None
    mesh_id: MeshId | None = None
    """In which they were seen."""
    text: str = Field("", max_length=LONGEST_USER_NAME)
    """What is in their name or id; empty: no matter."""
    after: str = Field("", max_length=320)
    """The last id of the page before; empty: the first page."""
    limit: Limit = 100


@handles(ListUsers, offline=True)
async def list_users(request: ListUsers, call: Call) -> UserList:
    """Return one page."""
    wanted = UserFilter(
        online=request.online,
        registered=request.registered,
        has_position=request.has_position,
        group=request.group,
        zone=request.zone,
        mesh_id=request.mesh_id,
        text=request.text,
    )
    return await call.need(UserService).list_users(wanted, request.after, request.limit)


class ShowUser(Request):
    """All about one."""

    type: Literal["station_user"] = "station_user"
    user_id: UserName


@handles(ShowUser, offline=True)
async def show_user(request: ShowUser, call: Call) -> UserReport:
    """Return it."""
    return await call.need(UserService).show(request.user_id)


class RegisterUser(Request):
    """Count a user among the station's own."""

    type: Literal["user_register"] = "user_register"
    user_id: UserName
    name: str | None = Field(None, max_length=LONGEST_USER_NAME)
    """What the user is called; null: as it is."""
    note: str | None = Field(None, max_length=LONGEST_NOTE)
    """Null: as it is."""
    groups: tuple[Name, ...] = Field((), max_length=MOST_GROUPS)
    """Beside those in which the user is."""


@handles(RegisterUser, offline=True)
async def register_user(request: RegisterUser, call: Call) -> UserReport:
    """Register it; of one that is registered name, note and groups are changed."""
    return await call.need(UserService).register(
        request.user_id, call.actor, name=request.name, note=request.note, groups=request.groups
    )


class ReportPosition(Request):
    """Say where a user is; it counts as something that the user does."""

    type: Literal["user_position"] = "user_position"
    user_id: UserName
    latitude: Latitude
    longitude: Longitude
    accuracy_m: float | None = Field(None, ge=0, le=LARGEST_ACCURACY, allow_inf_nan=False)
    at: AwareDatetime | None = None
    """When that was; null: now.  Later ones than now count for now."""
    mesh_id: MeshId | None = None


@handles(ReportPosition, offline=True)
async def report_position(request: ReportPosition, call: Call) -> PositionOutcome:
    """Take it."""
    return await call.need(UserService).report(
        request.user_id,
        (request.latitude, request.longitude),
        call.actor,
        accuracy_m=request.accuracy_m,
        at=request.at,
        mesh_id=request.mesh_id,
    )


class ListPositions(LongRequest):
    """Where a user was, newest first."""

    type: Literal["user_positions"] = "user_positions"
    user_id: UserName
    before: AwareDatetime | None = None
    """The last moment of the page before; null: the first page."""
    limit: Limit = 100


@handles(ListPositions, offline=True)
async def list_positions(request: ListPositions, call: Call) -> PositionList:
    """Return one page."""
    return await call.need(UserService).positions(request.user_id, request.before, request.limit)


class ChangeGroups(Request):
    """Have a user in other groups."""

    type: Literal["user_groups"] = "user_groups"
    user_id: UserName
    add: tuple[Name, ...] = Field((), max_length=MOST_GROUPS)
    remove: tuple[Name, ...] = Field((), max_length=MOST_GROUPS)
    set: tuple[Name, ...] | None = Field(None, max_length=MOST_GROUPS)
    """Exactly these, in place of both; null: as it is but for both."""


@handles(ChangeGroups, offline=True)
async def change_groups(request: ChangeGroups, call: Call) -> UserGroups:
    """Have it so; what is so already changes nothing."""
    change = GroupChange(request.add, request.remove, request.set)
    return await call.need(UserService).change_groups(request.user_id, change, call.actor)


class ForgetUser(Request):
    """Remove all that the station knows of a user."""

    type: Literal["user_forget"] = "user_forget"
    user_id: UserName


@handles(ForgetUser, offline=True)
async def forget_user(request: ForgetUser, call: Call) -> UserForgotten:
    """Remove it."""
    return await call.need(UserService).forget(request.user_id, call.actor)


HANDLERS: Final[tuple[Handler, ...]] = (
    list_users,
    show_user,
    register_user,
    report_position,
    list_positions,
    change_groups,
    forget_user,
)
