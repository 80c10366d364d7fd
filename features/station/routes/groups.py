"""`/api/v1/station/groups`."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from meshvisor.console.access import Asking
from meshvisor.console.etags import CHANGED, Precondition, etag, with_etag
from meshvisor.console.fields import Body
from meshvisor.features.station.model.zone import LONGEST_TEXT
from meshvisor.features.station.results import GroupInfo, GroupList, GroupRemoved
from meshvisor.features.station.routes.area import (
    ROUTES,
    GroupPath,
    Limit,
    NameCursor,
    NameField,
)


class GroupBody(Body):
    """What a group is for."""

    description: str = Field("", max_length=LONGEST_TEXT, examples=["First aid"])


class NewGroup(GroupBody):
    """A group that there is not yet."""

    name: NameField = Field(examples=["rescue"])


@ROUTES.get("/groups", "view", result=GroupList)
async def list_groups(caller: Asking, cursor: NameCursor = "", limit: Limit = 100) -> Any:
    """List groups by name, and how many users are in each; `users?group=` has who they are."""
    return await caller.ask("groups_list", after=cursor, limit=limit)


@ROUTES.post("/groups", "edit", result=GroupInfo, status=201)
async def add_group(caller: Asking, body: NewGroup) -> Any:
    """Make a group."""
    group = await caller.ask("group_save", **body.model_dump(), revision=0)
    return with_etag(group, _tag(group), 201)


@ROUTES.get("/groups/{name}", "view", result=GroupInfo)
async def show_group(caller: Asking, name: GroupPath) -> Any:
    """Show one; the `ETag` names what was seen, for `If-Match` of a change."""
    group = await caller.ask("group_show", name=name)
    return with_etag(group, _tag(group))


@ROUTES.put("/groups/{name}", "edit", result=GroupInfo, responses=CHANGED)
async def save_group(
    caller: Asking, name: GroupPath, body: GroupBody, condition: Precondition = None
) -> Any:
    """Have a group as it is said here, made or changed; with `If-Match` only if it is as seen."""
    revision = await _seen(caller, name, condition)
    group = await caller.ask("group_save", name=name, revision=revision, **body.model_dump())
    return with_etag(group, _tag(group))


@ROUTES.delete("/groups/{name}", "edit", result=GroupRemoved, responses=CHANGED)
async def remove_group(caller: Asking, name: GroupPath, condition: Precondition = None) -> Any:
    """Remove a group; its users stay in their others."""
    revision = await _seen(caller, name, condition)
    return await caller.ask("group_remove", name=name, revision=revision)


# Private


async def _seen(caller: Asking, name: str, condition: Precondition) -> int | None:
    """Return the revision that the caller has seen; None: no matter which."""
    if condition is None:
        return None
    group = await caller.ask("group_show", name=name)
    condition.check(_tag(group))
    revision: int = group["revision"]
    return revision


def _tag(group: dict[str, Any]) -> str:
    return etag({"group": group["name"], "revision": group["revision"], "at": group["updated_at"]})
