"""`meshvisor station users`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import click

from meshvisor.features.station.cli.parameters import GROUP, PLACE, STATION_USER, ZONE
from meshvisor.features.station.cli.words import cell, painted, place, position
from meshvisor.supervisor.cli.command import Command, Group, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import moment, number
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.parameters import MESH, MOMENT
from meshvisor.supervisor.cli.table import Cell, Column, render
from meshvisor.supervisor.cli.terminal import clean, columns, has_colours

_PACKAGE: Final = "meshvisor.features.station.cli.users"

MOST: Final = 500

_COLUMNS: Final = (
    Column("USER", may_cut=True),
    Column("NAME", may_cut=True),
    Column("STATE"),
    Column("SEEN", may_go=True),
    Column("MESH", may_cut=True, may_go=True),
    Column("GROUPS", may_cut=True, may_go=True),
    Column("ZONES", may_cut=True, may_go=True),
)

_POSITIONS: Final = (
    Column("WHEN"),
    Column("PLACE"),
    Column("±", right=True, may_go=True),
    Column("FROM", may_cut=True, may_go=True),
)


@click.group(
    cls=Group,
    lazy={
        "list": f"{_PACKAGE}:list_",
        "show": f"{_PACKAGE}:show",
        "register": f"{_PACKAGE}:register",
        "groups": f"{_PACKAGE}:groups",
        "position": f"{_PACKAGE}:position_",
        "positions": f"{_PACKAGE}:positions",
        "forget": f"{_PACKAGE}:forget",
    },
    examples=(
        "station users list --online",
        'station users register 12345 --name "Ann" --group rescue',
        "station users position 12345 38.7069,-9.1442",
    ),
    short_help="Who was seen, who is online, and where they are.",
)
def users() -> None:
    """Who was seen, who is online, and where they are."""


@click.command(
    "list",
    cls=Command,
    examples=("station users list --online", "station users list --group rescue --zone harbour"),
)
@click.option("--online/--offline", default=None, help="Whether they did something lately.")
@click.option("--registered/--seen-only", default=None, help="Whether they are registered.")
@click.option("--group", metavar="GROUP", type=GROUP, help="Those in this group.")
@click.option("--zone", metavar="ZONE", type=ZONE, help="Those in this zone.")
@click.option("--mesh", "mesh_id", metavar="MESH", type=MESH, help="Those seen in this mesh.")
@click.option("--text", metavar="TEXT", help="What is in their name or id.")
@click.option("--after", metavar="USER", help="Those behind this one.")
@click.option(
    "--limit",
    "-n",
    type=click.IntRange(1, MOST),
    default=100,
    show_default=True,
    help="How many at most.",
)
@pass_invocation
def list_(invocation: Invocation, /, **given: Any) -> None:
    """List users by id."""
    wanted = {name: value for name, value in given.items() if value is not None}
    invocation.show(ask(invocation, "station_users", **wanted), _list_view)


@click.command(cls=Command, examples=("station users show 12345",))
@click.argument("user_id", metavar="USER", type=STATION_USER)
@pass_invocation
def show(invocation: Invocation, *, user_id: str) -> None:
    """Show all about a user."""
    invocation.show(ask(invocation, "station_user", user_id=user_id), _view)


@click.command(cls=Command, examples=('station users register 12345 --name "Ann" --group rescue',))
@click.argument("user_id", metavar="USER", type=STATION_USER)
@click.option("--name", metavar="NAME", help="What the user is called.")
@click.option("--note", metavar="TEXT", help="A note.")
@click.option(
    "--group", "groups", metavar="GROUP", type=GROUP, multiple=True, help="May be repeated."
)
@pass_invocation
def register(invocation: Invocation, /, **given: Any) -> None:
    """Register a user, or change name and note of one."""
    invocation.show(ask(invocation, "user_register", **given), _view)


@click.command(
    cls=Command,
    examples=("station users groups 12345 --add rescue", "station users groups 12345 --set crew"),
)
@click.argument("user_id", metavar="USER", type=STATION_USER)
@click.option("--add", metavar="GROUP", type=GROUP, multiple=True, help="May be repeated.")
@click.option("--remove", metavar="GROUP", type=GROUP, multiple=True, help="May be repeated.")
@click.option(
    "--set", "only", metavar="GROUP", type=GROUP, multiple=True, help="Exactly these groups."
)
@pass_invocation
def groups(
    invocation: Invocation,
    *,
    user_id: str,
    add: tuple[str, ...],
    remove: tuple[str, ...],
    only: tuple[str, ...],
) -> None:
    """Have a user in other groups."""
    arguments = {"add": list(add), "remove": list(remove), "set": list(only) or None}
    invocation.show(ask(invocation, "user_groups", user_id=user_id, **arguments), _view)


@click.command(
    "position",
    cls=Command,
    examples=("station users position 12345 38.7069,-9.1442 --accuracy 10",),
    context_settings={"ignore_unknown_options": True},  # south of the equator: -33.86,151.2
)
@click.argument("user_id", metavar="USER", type=STATION_USER)
@click.argument("where", metavar="LAT,LON", type=PLACE)
@click.option(
    "--accuracy", "accuracy_m", metavar="METRES", type=click.FloatRange(0), help="How exact it is."
)
@click.option("--at", metavar="WHEN", type=MOMENT, help="When that was [default: now].")
@click.option("--mesh", "mesh_id", metavar="MESH", type=MESH, help="Where it was heard.")
@pass_invocation
def position_(
    invocation: Invocation,
    /,
    *,
    user_id: str,
    where: tuple[float, float],
    at: float | None,
    **given: Any,
) -> None:
    """Say where a user is."""
    arguments = {name: value for name, value in given.items() if value is not None}
    if at is not None:
        arguments["at"] = datetime.fromtimestamp(at, UTC).isoformat()
    latitude, longitude = where
    result = ask(
        invocation,
        "user_position",
        user_id=user_id,
        latitude=latitude,
        longitude=longitude,
        **arguments,
    )
    invocation.show(result, _position_view)


@click.command(cls=Command, examples=("station users positions 12345",))
@click.argument("user_id", metavar="USER", type=STATION_USER)
@click.option(
    "--limit",
    "-n",
    type=click.IntRange(1, MOST),
    default=50,
    show_default=True,
    help="How many at most.",
)
@pass_invocation
def positions(invocation: Invocation, *, user_id: str, limit: int) -> None:
    """List where a user was, newest first."""
    result = ask(invocation, "user_positions", user_id=user_id, limit=limit)
    invocation.show(result, _positions_view)


@click.command(cls=Command, examples=("station users forget 12345",))
@click.argument("user_id", metavar="USER", type=STATION_USER)
@pass_invocation
def forget(invocation: Invocation, *, user_id: str) -> None:
    """Remove all that the station knows of a user.

    Events and audit entries that tell of them are kept their time.
    """
    invocation.show(ask(invocation, "user_forget", user_id=user_id), _forgotten_view)


# Private


def _state(one: dict[str, Any]) -> str:
    return "online" if one["is_online"] else "offline"


def _list_view(result: dict[str, Any]) -> str:
    counts = result["counts"]
    if not result["users"]:
        return "There are no such users."
    rows: list[list[Cell | object]] = [
        [
            one["user_id"],
            one["name"] or "-",
            cell(_state(one)),
            moment(one["last_seen_at"]),
            one["mesh_id"] or "-",
            ", ".join(one["groups"]) or "-",
            ", ".join(one["zones"]) or "-",
        ]
        for one in result["users"]
    ]
    lines = render(_COLUMNS, rows, fit=columns(), colours=has_colours())
    if result["more"]:
        lines.append(f"There are more: --after {clean(result['users'][-1]['user_id'])}.")
    known = number(counts["users"], "user")
    lines.append(f"{known}, {counts['online']} online, {counts['registered']} registered.")
    return "\n".join(lines)


def _view(one: dict[str, Any]) -> str:
    name = f" ({clean(one['name'])})" if one["name"] else ""
    lines = [f"{clean(one['user_id'])}{name}: {painted(_state(one))}"]
    if one["note"]:
        lines.append(f"  {clean(one['note'])}")
    if one["registered_at"]:
        by = clean(one["registered_by"])
        lines.append(f"  registered {moment(one['registered_at'])} by {by}")
    words = ("groups", "zones")
    lines += [f"  {word}: {clean(', '.join(one[word]))}" for word in words if one[word]]
    if one["position"]:
        lines.append(f"  position: {position(one['position'])}")
    lines += [
        f"  seen in {clean(mesh['mesh_id'])} {moment(mesh['last_seen_at'], seconds=True)}"
        for mesh in one["meshes"]
    ]
    return "\n".join(lines)


def _position_view(result: dict[str, Any]) -> str:
    if not result["taken"]:
        return f"A newer position of {clean(result['user_id'])} is known; this one is kept."
    parts = [f"{clean(result['user_id'])} is in {clean(', '.join(result['zones'])) or 'no zone'}"]
    words = ("entered", "left")
    parts += [f"{word} {clean(', '.join(result[word]))}" for word in words if result[word]]
    return f"{'; '.join(parts)}."


def _positions_view(result: dict[str, Any]) -> str:
    if not result["positions"]:
        return f"No position of {clean(result['user_id'])} is known."
    rows: list[list[Cell | object]] = [
        [
            moment(one["at"], seconds=True),
            place(one["latitude"], one["longitude"]),
            "-" if one["accuracy_m"] is None else f"{one['accuracy_m']:g} m",
            one["mesh_id"] or one["source"],
        ]
        for one in result["positions"]
    ]
    return "\n".join(render(_POSITIONS, rows, fit=columns(), colours=has_colours()))


def _forgotten_view(result: dict[str, Any]) -> str:
    positions = number(result["positions"], "position")
    return f"The station has forgotten {clean(result['user_id'])}, with {positions}."
