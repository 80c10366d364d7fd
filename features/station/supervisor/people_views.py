"""Users as results have them."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any, Final

from meshvisor.features.station.supervisor.people import QUERIES, groups_of
from meshvisor.features.station.supervisor.times import iso, iso_or_none
from meshvisor.shared.late import late

if TYPE_CHECKING:
    from meshvisor.features.station import results
else:
    results = late("meshvisor.features.station.results")

_COLUMNS: Final = (
    "user_id",
    "name",
    "note",
    "first_seen_at",
    "last_seen_at",
    "mesh_id",
    "is_online",
    "registered_at",
    "registered_by",
    "latitude",
    "longitude",
    "accuracy_m",
    "position_at",
    "position_mesh",
    "position_source",
    "positions",
    "online_since",
)


def position_info(
    at: int | None,
    latitude: float,
    longitude: float,
    accuracy_m: float | None,
    mesh_id: str | None,
    source: str,
) -> results.PositionInfo | None:
    """Return a position; None: none is known."""
    if at is None:
        return None
    return results.PositionInfo(
        at=iso(at),
        latitude=latitude,
        longitude=longitude,
        accuracy_m=accuracy_m,
        mesh_id=mesh_id,
        source=source,
    )


def user_info(db: sqlite3.Connection, row: tuple[Any, ...]) -> results.UserInfo:
    """Return a user of a list."""
    return results.UserInfo(**_fields(db, row))


def user_report(db: sqlite3.Connection, row: tuple[Any, ...]) -> results.UserReport:
    """Return all about one."""
    return results.UserReport(**report_fields(db, row))


def report_fields(db: sqlite3.Connection, row: tuple[Any, ...]) -> dict[str, Any]:
    """Return the fields of all about one."""
    sightings = db.execute(QUERIES["sightings"], (row[0],))
    meshes = tuple(results.Sighting(mesh_id=mesh, last_seen_at=iso(at)) for mesh, at in sightings)
    return {**_fields(db, row), "meshes": meshes}


# Private


def _fields(db: sqlite3.Connection, row: tuple[Any, ...]) -> dict[str, Any]:
    user = dict(zip(_COLUMNS, row, strict=True))
    user_id = user["user_id"]
    names = ("user_id", "name", "note", "mesh_id", "registered_by")
    return {
        **{name: user[name] for name in names},
        "is_online": bool(user["is_online"]),
        "online_since": iso_or_none(user["online_since"]),
        "first_seen_at": iso_or_none(user["first_seen_at"]),
        "last_seen_at": iso_or_none(user["last_seen_at"]),
        "registered_at": iso_or_none(user["registered_at"]),
        "groups": groups_of(db, user_id),
        "zones": tuple(name for (name,) in db.execute(QUERIES["zones_of"], (user_id,))),
        "position": position_info(
            user["position_at"],
            user["latitude"],
            user["longitude"],
            user["accuracy_m"],
            user["position_mesh"],
            user["position_source"],
        ),
    }
