"""`/api/v1/station/users`.

A user of another network than the platform is named by `realm` beside the id: `irc/ann` in a path
would be something below a user `irc`.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Query
from pydantic import BaseModel, Field

from meshvisor.console.access import Asking
from meshvisor.console.fields import Body, Moment
from meshvisor.features.station.model.user import LONGEST_NOTE, LONGEST_USER_NAME
from meshvisor.features.station.model.zone import Latitude, Longitude
from meshvisor.features.station.results import (
    PositionList,
    PositionOutcome,
    UserForgotten,
    UserGroups,
    UserList,
    UserReport,
)
from meshvisor.features.station.routes.area import (
    LONGEST_USER,
    MOST_LISTED,
    ROUTES,
    Limit,
    MeshField,
    NameField,
    Realm,
    UserPath,
)
from meshvisor.shared.model.realm import within

MOST_GROUPS: Final = 100

LARGEST_ACCURACY: Final = 20_000_000
"""Metres."""

GroupNames = Annotated[list[NameField], Field(max_length=MOST_GROUPS)]


class WantedUsers(BaseModel, extra="forbid"):
    """Which users are wanted; what is not given is not asked for."""

    online: bool | None = Field(None, description="Whether they did something lately.")
    registered: bool | None = None
    has_position: bool | None = Field(None, description="Whether it is known where they were last.")
    group: NameField | None = None
    zone: NameField | None = Field(None, description="In which they are.")
    mesh_id: MeshField | None = Field(None, description="In which they were seen.")
    text: str = Field("", max_length=LONGEST_USER_NAME, description="In their name or id.")
    cursor: str = Field(
        "", max_length=LONGEST_USER, description="The last user of the page before."
    )
    limit: int = Field(100, ge=1, le=MOST_LISTED)


class Registration(Body):
    """What is known of a user who is registered."""

    name: Annotated[str, Field(max_length=LONGEST_USER_NAME)] | None = Field(
        None, description="null: as it is.", examples=["Ann"]
    )
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] | None = Field(
        None, description="null: as it is."
    )
    groups: GroupNames = Field([], description="Beside those in which the user is.")


class Position(Body):
    """Where a user is."""

    latitude: Latitude
    longitude: Longitude
    accuracy_m: Annotated[float, Field(ge=0, le=LARGEST_ACCURACY)] | None = Field(
        None, description="null: unknown."
    )
    at: Moment | None = Field(None, description="When that was; null: now.")
    mesh_id: MeshField | None = Field(None, description="Where it was heard; null: nowhere.")


class Groups(Body):
    """In which groups a user is to be: some more and fewer, or exactly these."""

    add: GroupNames = Field([], examples=[["rescue"]])
    remove: GroupNames = Field([])
    set: GroupNames | None = Field(None, description="Exactly these, in place of both.")


@ROUTES.get("/users", "view", result=UserList)
async def list_users(caller: Asking, wanted: Annotated[WantedUsers, Query()]) -> Any:
    """List users that match, by id."""
    fields = wanted.model_dump()
    return await caller.ask("station_users", after=fields.pop("cursor"), **fields)


@ROUTES.get("/users/{user_id}/positions", "view", result=PositionList)
async def list_positions(
    caller: Asking,
    user_id: UserPath,
    realm: Realm = "",
    cursor: Annotated[
        Moment | None, Query(description="The last moment of the page before.")
    ] = None,
    limit: Limit = 100,
) -> Any:
    """List where a user was, newest first."""
    before = None if cursor is None else cursor.isoformat()
    return await caller.ask(
        "user_positions", user_id=within(realm, user_id), before=before, limit=limit
    )


@ROUTES.post("/users/{user_id}/position", "operate", result=PositionOutcome)
async def report_position(
    caller: Asking, user_id: UserPath, body: Position, realm: Realm = ""
) -> Any:
    """Say where a user is, also of an unknown one; that counts as something the user does."""
    return await caller.ask(
        "user_position", user_id=within(realm, user_id), **body.model_dump(mode="json")
    )


@ROUTES.patch("/users/{user_id}/groups", "edit", result=UserGroups)
async def change_user_groups(
    caller: Asking, user_id: UserPath, body: Groups, realm: Realm = ""
) -> Any:
    """Have a user in other groups; what is so already changes nothing."""
    return await caller.ask("user_groups", user_id=within(realm, user_id), **body.model_dump())


@ROUTES.get("/users/{user_id}", "view", result=UserReport)
async def show_user(caller: Asking, user_id: UserPath, realm: Realm = "") -> Any:
    """Show all about one."""
    return await caller.ask("station_user", user_id=within(realm, user_id))


@ROUTES.put("/users/{user_id}", "edit", result=UserReport)
async def register_user(
    caller: Asking, user_id: UserPath, body: Registration, realm: Realm = ""
) -> Any:
    """Register a user; of one that is registered, name and note are changed."""
    return await caller.ask("user_register", user_id=within(realm, user_id), **body.model_dump())


@ROUTES.delete("/users/{user_id}", "edit", result=UserForgotten)
async def forget_user(caller: Asking, user_id: UserPath, realm: Realm = "") -> Any:
    """Remove all that the station knows of a user."""
    return await caller.ask("user_forget", user_id=within(realm, user_id))
