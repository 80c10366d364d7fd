"""`meshvisor meshes list|discover|show|say`: which meshes are wanted, and one of them in full."""

from __future__ import annotations

from typing import Any, Final

import click

from meshvisor.shared.control.client import SLOW_TIMEOUT
from meshvisor.supervisor.cli.command import Command, Group, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import block, duration, milliseconds, number, size
from meshvisor.supervisor.cli.parameters import MESH
from meshvisor.supervisor.cli.table import Cell, Column, render
from meshvisor.supervisor.cli.terminal import (
    BOLD,
    STATE_COLOURS,
    clean,
    columns,
    has_colours,
    paint,
)

_COLUMNS: Final = (
    Column("MESH", may_cut=True),
    Column("STATE"),
    Column("SOURCE", may_go=True),
    Column("WHERE", may_cut=True, may_go=True),
    Column("WAITING FOR"),
)


_RARE: Final = frozenset(
    {
        *("transport", "address", "account", "server", "tried again in", "connects again in"),
        *("connects again and again", "remark", "blocked"),
    }
)
"""Facts that are left out where there is nothing to say."""


@click.group(
    cls=Group,
    examples=(
        "meshes list",
        "meshes show lobby",
        "meshes discover",
        'meshes say lobby "Back in a minute."',
    ),
)
def meshes() -> None:
    """Which meshes are wanted, one in full, and what bots say."""


@meshes.command("list", cls=Command, examples=("meshes list",))
@pass_invocation
def list_(invocation: Invocation) -> None:
    """List the meshes that are wanted, where from, and why one waits."""
    invocation.show(invocation.request("meshes"), _list_view)


@meshes.command(cls=Command, examples=("meshes discover",))
@pass_invocation
def discover(invocation: Invocation) -> None:
    """Look for meshes now instead of at the next interval."""
    invocation.show(invocation.request("discover", timeout=SLOW_TIMEOUT), _discovery_view)


@meshes.command(cls=Command, examples=("meshes show lobby",))
@click.argument("mesh_id", metavar="MESH", type=MESH)
@pass_invocation
def show(invocation: Invocation, *, mesh_id: str) -> None:
    """Show everything known about one mesh's worker."""
    invocation.show(invocation.request("process_health", mesh_id=mesh_id), _mesh_view)


@meshes.command(
    cls=Command,
    examples=('meshes say lobby "Back in a minute."', 'meshes say lobby "Well done" --user 1042'),
)
@click.argument("mesh_id", metavar="MESH", type=MESH)
@click.argument("text", metavar="TEXT")
@click.option(
    "--user",
    "user_id",
    metavar="ID",
    help="To this user alone; in the room, by name, where there are no direct messages.",
)
@pass_invocation
def say(invocation: Invocation, *, mesh_id: str, text: str, user_id: str | None) -> None:
    """Say something through the bot of a mesh, to all or to one user."""
    invocation.show(
        invocation.request("say", mesh_id=mesh_id, text=text, user_id=user_id), _said_view
    )


# Private


def _list_view(result: dict[str, Any]) -> str:
    if not result["meshes"]:
        return "No meshes are wanted; name some under [[meshes]] in config/meshvisor.toml."
    rows = [
        [
            mesh["mesh_id"],
            Cell(mesh["state"], STATE_COLOURS.get(mesh["state"])),
            mesh["source"],
            _where(mesh),
            mesh["waiting_for"],
        ]
        for mesh in result["meshes"]
    ]
    return "\n".join(render(_COLUMNS, rows, fit=columns(), colours=has_colours()))


def _where(mesh: dict[str, Any]) -> str:
    """Return the parts of where a mesh is that there are: `program #lobby as irc`."""
    parts = [mesh.get("transport"), mesh["server"], mesh.get("address")]
    words = " ".join(part for part in parts if part)
    return f"{words} as {mesh['account']}" if mesh.get("account") else words


def _said_view(result: dict[str, Any]) -> str:
    if not result["is_said"]:
        return "It is said when it is its turn."
    return "Said to this user alone." if result["is_direct"] else "Said in the room."


def _discovery_view(report: dict[str, Any]) -> str:
    found = number(report["found"], "mesh", "meshes")
    lines = [f"Found {found} in {milliseconds(report['duration_ms'])}."]
    for title, key in (("New", "added"), ("Gone", "removed")):
        if report[key]:
            lines.append(f"{title}: {', '.join(map(clean, report[key]))}")
    lines += [f"! {clean(error)}" for error in report["errors"]]
    return "\n".join(lines)


def _mesh_view(health: dict[str, Any]) -> str:
    colours = has_colours()
    state = health["state"]
    healthy = "yes" if health["is_healthy"] else "no"
    facts = {
        "state": paint(state, STATE_COLOURS.get(state), colours),
        "healthy": healthy,
        "transport": health.get("transport"),
        "address": health.get("address"),
        "account": health.get("account"),
        "server": health["server"] or None,
        "PID": health["pid"],
        "up": duration(health["uptime_seconds"]),
        "restarts": health["restarts"],
        "failed connects in a row": health["connection_attempts"],
        "event loop lag": milliseconds(health["event_loop_lag_ms"]),
        "memory": size(health["memory_bytes"]),
        "last heartbeat": _ago(health["heartbeat_age_seconds"]),
        "last status answer": _ago(health["status_age_seconds"]),
        "last error": health["last_error"],
        "remark": health.get("remark"),
        "tried again in": _pause(health.get("starts_in_seconds")),
        "connects again and again": _losses(health.get("losses")),
        "connects again in": _pause(health.get("tries_again_in_seconds")),
        "blocked": block(health["block"]) if health.get("block") else None,
        **{name.replace("_", " "): count for name, count in health["counters"].items()},
    }
    # Only where there is something to wait for.
    facts = {name: value for name, value in facts.items() if value is not None or name not in _RARE}
    width = max(map(len, facts))
    lines = [paint(clean(health["mesh_id"]), BOLD, colours)]
    for name, value in facts.items():
        shown = "-" if value is None else value
        # Colours were put in by us; everything else may come from a stranger.
        text = shown if name == "state" else clean(shown)
        lines.append(f"  {name:<{width}}  {text}")
    return "\n".join(lines)


def _losses(losses: dict[str, Any] | None) -> str | None:
    if losses is None:
        return None
    return f"{losses['times']} times in {duration(losses['within_seconds'])}"


def _pause(seconds: float | None) -> str | None:
    return None if seconds is None else duration(seconds)


def _ago(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds:.1f}s ago" if seconds < 10 else f"{duration(seconds)} ago"
