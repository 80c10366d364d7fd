"""What can be asked of groups."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from meshvisor.features.station.model.zone import LONGEST_TEXT
from meshvisor.features.station.requests.fields import AfterName, Limit, Name, Revision
from meshvisor.features.station.results import GroupInfo, GroupList, GroupRemoved
from meshvisor.features.station.supervisor.groups import GroupService
from meshvisor.shared.control.request import LongRequest, Request
from meshvisor.supervisor.control.handling import Call, Handler, handles


class ListGroups(LongRequest):
    """Groups by name."""

    type: Literal["groups_list"] = "groups_list"
    after: AfterName = ""
    limit: Limit = 100


@handles(ListGroups, offline=True)
async def list_groups(request: ListGroups, call: Call) -> GroupList:
    """Return one page."""
    return await call.need(GroupService).list_groups(request.after, request.limit)


class ShowGroup(Request):
    """All about one; who is in it is asked with `station_users`."""

    type: Literal["group_show"] = "group_show"
    name: Name


@handles(ShowGroup, offline=True)
async def show_group(request: ShowGroup, call: Call) -> GroupInfo:
    """Return it."""
    return await call.need(GroupService).show(request.name)


class SaveGroup(Request):
    """Make a group, or change what it is for."""

    type: Literal["group_save"] = "group_save"
    name: Name
    description: str = Field("", max_length=LONGEST_TEXT)
    revision: Revision | None = None


@handles(SaveGroup, offline=True)
async def save_group(request: SaveGroup, call: Call) -> GroupInfo:
    """Keep it."""
    return await call.need(GroupService).save(
        request.name, request.description, request.revision, call.actor
    )


class RemoveGroup(Request):
    """Remove a group; each of its users is in other groups then."""

    type: Literal["group_remove"] = "group_remove"
    name: Name
    revision: Revision | None = None


@handles(RemoveGroup, offline=True)
async def remove_group(request: RemoveGroup, call: Call) -> GroupRemoved:
    """Remove it."""
    return await call.need(GroupService).remove(request.name, request.revision, call.actor)


HANDLERS: Final[tuple[Handler, ...]] = (list_groups, show_group, save_group, remove_group)
