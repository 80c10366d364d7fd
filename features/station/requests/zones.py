"""What can be asked of zones."""

from __future__ import annotations

from typing import Any, Final, Literal

from meshvisor.features.station.requests.fields import AfterName, Limit, Name, Revision
from meshvisor.features.station.results import ZoneInfo, ZoneList, ZoneRemoved, ZoneUsers
from meshvisor.features.station.supervisor.zones import ZoneService
from meshvisor.shared.control.request import LongRequest, Request
from meshvisor.supervisor.control.handling import Call, Handler, handles


class ListZones(LongRequest):
    """Zones by name."""

    type: Literal["zones_list"] = "zones_list"
    after: AfterName = ""
    limit: Limit = 100


@handles(ListZones, offline=True)
async def list_zones(request: ListZones, call: Call) -> ZoneList:
    """Return one page."""
    return await call.need(ZoneService).list_zones(request.after, request.limit)


class ShowZone(LongRequest):
    """All about one."""

    type: Literal["zone_show"] = "zone_show"
    name: Name


@handles(ShowZone, offline=True)
async def show_zone(request: ShowZone, call: Call) -> ZoneInfo:
    """Return it."""
    return await call.need(ZoneService).show(request.name)


class SaveZone(LongRequest):
    """Make a zone, or have it as it is said here."""

    type: Literal["zone_save"] = "zone_save"
    name: Name
    definition: dict[str, Any]
    """`circle` or `polygon`, and `description`, `hysteresis_m`, `dwell_s`, `enabled` (see
    docs/station.md); checked by the service, which says what is wrong."""
    revision: Revision | None = None
    """What was seen; 0: there is none yet; null: whatever it is now."""
    is_partial: bool = False
    """Whether what the definition leaves out stays as it is in a zone that there is."""


@handles(SaveZone, offline=True)
async def save_zone(request: SaveZone, call: Call) -> ZoneInfo:
    """Keep it."""
    definition = {**request.definition, "name": request.name}
    return await call.need(ZoneService).save(
        definition, request.revision, call.actor, is_partial=request.is_partial
    )


class RemoveZone(Request):
    """Remove a zone; no exits are reported for the users in it."""

    type: Literal["zone_remove"] = "zone_remove"
    name: Name
    revision: Revision | None = None


@handles(RemoveZone, offline=True)
async def remove_zone(request: RemoveZone, call: Call) -> ZoneRemoved:
    """Remove it."""
    return await call.need(ZoneService).remove(request.name, request.revision, call.actor)


class GetZoneUsers(LongRequest):
    """Who is in a zone."""

    type: Literal["zone_users"] = "zone_users"
    name: Name
    after: str = ""
    """The last user of the page before; empty: the first page."""
    limit: Limit = 100


@handles(GetZoneUsers, offline=True)
async def get_zone_users(request: GetZoneUsers, call: Call) -> ZoneUsers:
    """Return one page."""
    return await call.need(ZoneService).users(request.name, request.after, request.limit)


HANDLERS: Final[tuple[Handler, ...]] = (
    list_zones,
    show_zone,
    save_zone,
    remove_zone,
    get_zone_users,
)
