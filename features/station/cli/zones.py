"""`meshvisor station zones`."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import click

from meshvisor.features.station.cli.named import all_by_name, last_change, removal
from meshvisor.features.station.cli.parameters import CIRCLE, ZONE, polygon_of
from meshvisor.features.station.cli.words import cell, place, position
from meshvisor.shared.errors import UsageError
from meshvisor.supervisor.cli.command import Command, Group, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import duration, moment, number
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.parameters import DURATION
from meshvisor.supervisor.cli.table import Cell, Column, render
from meshvisor.supervisor.cli.terminal import clean, columns, has_colours

_PACKAGE: Final = "meshvisor.features.station.cli.zones"

AT_A_TIME: Final = 100
"""Zones of one request."""

_COLUMNS: Final = (
    Column("ZONE", may_cut=True),
    Column("SHAPE", may_cut=True),
    Column("USERS", right=True),
    Column("STATE", may_go=True),
    Column("DESCRIPTION", may_cut=True, may_go=True),
)

_USERS: Final = (
    Column("USER", may_cut=True),
    Column("NAME", may_cut=True, may_go=True),
    Column("STATE"),
    Column("SINCE"),
    Column("POSITION", may_go=True),
)


@click.group(
    cls=Group,
    lazy={
        "list": f"{_PACKAGE}:list_",
        "show": f"{_PACKAGE}:show",
        "users": f"{_PACKAGE}:users",
        "add": f"{_PACKAGE}:add",
        "edit": f"{_PACKAGE}:edit",
        "remove": f"{_PACKAGE}:remove",
    },
    examples=(
        "station zones add harbour --circle 38.7069,-9.1442,150",
        'station zones add park --polygon "38.70,-9.15 38.70,-9.13 38.72,-9.13"',
        "station zones users harbour",
    ),
    short_help="Parts of the globe that users enter and leave.",
)
def zones() -> None:
    """Parts of the globe that users enter and leave."""


@click.command("list", cls=Command, examples=("station zones list",))
@pass_invocation
def list_(invocation: Invocation) -> None:
    """List zones by name."""
    invocation.show(all_by_name(invocation, "zones", AT_A_TIME), _list_view)


@click.command(cls=Command, examples=("station zones show harbour",))
@click.argument("name", metavar="ZONE", type=ZONE)
@pass_invocation
def show(invocation: Invocation, *, name: str) -> None:
    """Show all about a zone."""
    invocation.show(ask(invocation, "zone_show", name=name), _view)


@click.command(cls=Command, examples=("station zones users harbour",))
@click.argument("name", metavar="ZONE", type=ZONE)
@click.option("--after", metavar="USER", default="", help="Those behind this one.")
@pass_invocation
def users(invocation: Invocation, *, name: str, after: str) -> None:
    """List who is in a zone, comes or goes."""
    invocation.show(ask(invocation, "zone_users", name=name, after=after, limit=500), _users_view)


_SHAPE: Final = (
    click.option(
        "--circle", metavar="LAT,LON,METRES", type=CIRCLE, help="All within a distance of a point."
    ),
    click.option("--polygon", metavar='"LAT,LON …"', help="Between these points, in quotes."),
    click.option("--description", metavar="TEXT", help="What it is."),
    click.option(
        "--hysteresis",
        "hysteresis_m",
        metavar="METRES",
        type=click.FloatRange(0, 100_000),
        help="Outside from which on one has left it.",
    ),
    click.option(
        "--dwell",
        "dwell_s",
        metavar="DURATION",
        type=DURATION,
        help="How long one has to be in it, or outside.",
    ),
    click.option(
        "--enabled/--disabled", default=None, help="Whether users can enter and leave it."
    ),
)


def _options(function: Any) -> Any:
    for option in reversed(_SHAPE):
        function = option(function)
    return function


@click.command(
    cls=Command,
    examples=(
        'station zones add harbour --circle 38.7069,-9.1442,150 --description "Where the boat is"',
        'station zones add park --polygon "38.70,-9.15 38.70,-9.13 38.72,-9.13" --dwell 2m',
    ),
)
@click.argument("name", metavar="ZONE", type=ZONE)
@_options
@pass_invocation
def add(invocation: Invocation, /, *, name: str, **given: Any) -> None:
    """Make a zone; users who are there have entered it at once."""
    definition = _given(given)
    if not {"circle", "polygon"} & definition.keys():
        raise UsageError(
            f"say where it is, such as: meshvisor station zones add '{name}' --circle "
            "38.7069,-9.1442,150"
        )
    invocation.show(
        ask(invocation, "zone_save", name=name, definition=definition, revision=0), _view
    )


@click.command(
    cls=Command,
    examples=("station zones edit harbour --circle 38.7069,-9.1442,200 --dwell 1m",),
)
@click.argument("name", metavar="ZONE", type=ZONE)
@_options
@pass_invocation
def edit(invocation: Invocation, /, *, name: str, **given: Any) -> None:
    """Change a zone; what is not given stays as it is."""
    changes = _given(given)
    if not changes:
        raise UsageError("say what is to be changed, such as --dwell 2m")
    found = ask(invocation, "zone_show", name=name)
    kept = ("description", "circle", "polygon", "hysteresis_m", "dwell_s", "enabled")
    definition = {key: found[key] for key in kept if found[key] is not None}
    if {"circle", "polygon"} & changes.keys():
        definition.pop("circle", None)
        definition.pop("polygon", None)
    arguments = {"definition": {**definition, **changes}, "revision": found["revision"]}
    invocation.show(ask(invocation, "zone_save", name=name, **arguments), _view)


@click.command(cls=Command, examples=("station zones remove harbour",))
@click.argument("name", metavar="ZONE", type=ZONE)
@pass_invocation
def remove(invocation: Invocation, *, name: str) -> None:
    """Remove a zone; no exits are reported for the users in it."""
    invocation.show(ask(invocation, "zone_remove", name=name), partial(removal, "zone", "users"))


# Private


def _given(given: dict[str, Any]) -> dict[str, Any]:
    found = {name: value for name, value in given.items() if value is not None}
    if "circle" in found and "polygon" in found:
        raise UsageError("a zone is a circle or a polygon: give --circle or --polygon, not both")
    if "circle" in found:
        latitude, longitude, radius = found["circle"]
        found["circle"] = {"latitude": latitude, "longitude": longitude, "radius_m": radius}
    if "polygon" in found:
        found["polygon"] = polygon_of(found["polygon"])
    return found


def _shape(one: dict[str, Any]) -> str:
    if one["circle"] is not None:
        circle = one["circle"]
        where = place(circle["latitude"], circle["longitude"])
        return f"{circle['radius_m']:g} m around {where}"
    return f"polygon of {len(one['polygon'])} points"


def _list_view(result: dict[str, Any]) -> str:
    if not result["zones"]:
        return "There are no zones; 'meshvisor station zones add' makes one."
    rows = [
        [
            one["name"],
            _shape(one),
            one["users"],
            "enabled" if one["enabled"] else "disabled",
            one["description"] or "-",
        ]
        for one in result["zones"]
    ]
    return "\n".join(render(_COLUMNS, rows, fit=columns(), colours=has_colours()))


def _view(one: dict[str, Any]) -> str:
    lines = [f"{clean(one['name'])}: {_shape(one)}{'' if one['enabled'] else ', disabled'}"]
    if one["description"]:
        lines.append(f"  {clean(one['description'])}")
    if one["polygon"] is not None:
        lines.append(f"  {' '.join(place(*point) for point in one['polygon'])}")
    margin, dwell = one["hysteresis_m"], one["dwell_s"]
    if margin is not None:
        lines.append(f"  left from {margin:g} m outside on")
    if dwell is not None:
        lines.append(f"  entered and left after {duration(dwell)}")
    lines.append(f"  {number(one['users'], 'user')} in it")
    lines.append(f"  {last_change(one)}")
    return "\n".join(lines)


def _users_view(result: dict[str, Any]) -> str:
    if not result["users"]:
        return f"Nobody is in {clean(result['zone'])}."
    rows: list[list[Cell | object]] = [
        [
            one["user_id"],
            one["name"] or "-",
            cell(one["state"]),
            moment(one["since"], seconds=True),
            position(one["position"]),
        ]
        for one in result["users"]
    ]
    lines = render(_USERS, rows, fit=columns(), colours=has_colours())
    if result["more"]:
        lines.append(f"There are more: --after {clean(result['users'][-1]['user_id'])}.")
    return "\n".join(lines)
