"""`/api/v1/station/zones`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from meshvisor.console.access import Asking
from meshvisor.console.etags import CHANGED, Precondition, etag, with_etag
from meshvisor.console.fields import Body
from meshvisor.features.station.model.zone import (
    LARGEST_HYSTERESIS,
    LARGEST_RADIUS,
    LONGEST_DWELL,
    LONGEST_TEXT,
    MOST_POINTS,
    SMALLEST_RADIUS,
    Latitude,
    Longitude,
)
from meshvisor.features.station.results import ZoneInfo, ZoneList, ZoneRemoved, ZoneUsers
from meshvisor.features.station.routes.area import (
    ROUTES,
    Limit,
    NameCursor,
    NameField,
    UserCursor,
    ZonePath,
)

PointField = Annotated[
    list[Annotated[float, Field(ge=-180, le=180)]], Field(min_length=2, max_length=2)
]


class Circle(Body):
    """All within a distance of a point."""

    latitude: Latitude
    longitude: Longitude
    radius_m: float = Field(ge=SMALLEST_RADIUS, le=LARGEST_RADIUS, examples=[150])


class ZoneDefinition(Body):
    """What a zone is: a circle or a polygon."""

    description: str = Field("", max_length=LONGEST_TEXT)
    circle: Circle | None = Field(
        None, examples=[{"latitude": 38.7069, "longitude": -9.1442, "radius_m": 150}]
    )
    polygon: list[PointField] | None = Field(
        None,
        min_length=3,
        max_length=MOST_POINTS,
        description="Latitude and longitude of each point, in their order around it.",
    )
    hysteresis_m: float | None = Field(
        None,
        ge=0,
        le=LARGEST_HYSTERESIS,
        description="Metres outside from which on a user has left it; null: as the settings say.",
    )
    dwell_s: float | None = Field(
        None,
        ge=0,
        le=LONGEST_DWELL,
        description="Seconds inside, or outside, before that counts; null: as the settings say.",
    )
    enabled: bool = Field(True, description="Whether users can enter and leave it.")


class NewZone(ZoneDefinition):
    """A zone that there is not yet."""

    name: NameField = Field(examples=["harbour"])


@ROUTES.get("/zones", "view", result=ZoneList)
async def list_zones(caller: Asking, cursor: NameCursor = "", limit: Limit = 100) -> Any:
    """List zones by name, and how many users are in each."""
    return await caller.ask("zones_list", after=cursor, limit=limit)


@ROUTES.post("/zones", "edit", result=ZoneInfo, status=201)
async def add_zone(caller: Asking, body: NewZone) -> Any:
    """Make a zone; users who are there have entered it at once."""
    definition = body.model_dump(exclude={"name"})
    zone = await caller.ask("zone_save", name=body.name, definition=definition, revision=0)
    return with_etag(zone, _tag(zone), 201)


@ROUTES.get("/zones/{name}", "view", result=ZoneInfo)
async def show_zone(caller: Asking, name: ZonePath) -> Any:
    """Show all about one; the `ETag` names what was seen, for `If-Match` of a change."""
    zone = await caller.ask("zone_show", name=name)
    return with_etag(zone, _tag(zone))


@ROUTES.put("/zones/{name}", "edit", result=ZoneInfo, responses=CHANGED)
async def save_zone(
    caller: Asking, name: ZonePath, body: ZoneDefinition, condition: Precondition = None
) -> Any:
    """Have a zone as it is said here, made or changed; with `If-Match` only if it is as seen."""
    revision = await _seen(caller, name, condition)
    definition = body.model_dump()
    zone = await caller.ask("zone_save", name=name, definition=definition, revision=revision)
    return with_etag(zone, _tag(zone))


@ROUTES.delete("/zones/{name}", "edit", result=ZoneRemoved, responses=CHANGED)
async def remove_zone(caller: Asking, name: ZonePath, condition: Precondition = None) -> Any:
    """Remove a zone; no exits are reported for the users in it."""
    revision = await _seen(caller, name, condition)
    return await caller.ask("zone_remove", name=name, revision=revision)


@ROUTES.get("/zones/{name}/users", "view", result=ZoneUsers)
async def list_zone_users(
    caller: Asking, name: ZonePath, cursor: UserCursor = "", limit: Limit = 100
) -> Any:
    """List who is in a zone, comes or goes."""
    return await caller.ask("zone_users", name=name, after=cursor, limit=limit)


# Private


async def _seen(caller: Asking, name: str, condition: Precondition) -> int | None:
    """Return the revision that the caller has seen; None: no matter which."""
    if condition is None:
        return None
    zone = await caller.ask("zone_show", name=name)
    condition.check(_tag(zone))
    revision: int = zone["revision"]
    return revision


def _tag(zone: dict[str, Any]) -> str:
    return etag({"zone": zone["name"], "revision": zone["revision"], "at": zone["updated_at"]})
