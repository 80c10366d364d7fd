"""`meshvisor blocklist list|stats|block|unblock`, with and without a running supervisor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import click

from meshvisor.shared.errors import MeshvisorError
from meshvisor.supervisor.cli import output
from meshvisor.supervisor.cli.command import Command, Group, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import BLOCK_REASONS, duration, moment, number
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.parameters import DURATION, MESH
from meshvisor.supervisor.cli.table import Cell, Column, render
from meshvisor.supervisor.cli.terminal import MAGENTA, YELLOW, clean, columns, has_colours, paint

_COLUMNS: Final = (
    Column("MESH", may_cut=True),
    Column("REASON"),
    Column("SINCE", may_go=True),
    Column("UNTIL", may_go=True),
    Column("LEFT", right=True),
)

LONG: Final = 86_400.0
"""Seconds of a block from which on its end is shown without seconds."""


@click.group(
    cls=Group,
    examples=(
        "blocklist list",
        "blocklist block lobby --for 2h",
        "blocklist unblock lobby",
    ),
)
def blocklist() -> None:
    """Meshes that are kept from being started."""


@blocklist.command("list", cls=Command, examples=("blocklist list",))
@pass_invocation
def list_(invocation: Invocation) -> None:
    """List the blocked meshes, why, and for how long."""
    invocation.show(ask(invocation, "blocklist_list"), _list_view)


@blocklist.command(cls=Command, examples=("blocklist stats",))
@pass_invocation
def stats(invocation: Invocation) -> None:
    """Count the blocked meshes."""
    invocation.show(ask(invocation, "blocklist_stats"), _stats_view)


@blocklist.command(
    cls=Command, examples=("blocklist block lobby", "blocklist block lobby --for 15m")
)
@click.argument("mesh_id", metavar="MESH", type=MESH)
@click.option("--for", "seconds", type=DURATION, help="Such as 15m or 2d (default: for ever).")
@pass_invocation
def block(invocation: Invocation, *, mesh_id: str, seconds: float | None) -> None:
    """Stop a mesh and keep it from being started."""
    _show(invocation, ask(invocation, "block", mesh_id=mesh_id, duration=seconds), _block_view)
    _remark_on_unknown(invocation, mesh_id)


@blocklist.command(cls=Command, examples=("blocklist unblock lobby",))
@click.argument("mesh_id", metavar="MESH", type=MESH)
@pass_invocation
def unblock(invocation: Invocation, *, mesh_id: str) -> None:
    """Take a mesh off the blocklist; it starts again if it is wanted."""
    _show(invocation, ask(invocation, "unblock", mesh_id=mesh_id), _unblock_view)


# Private


def _show(
    invocation: Invocation, outcome: dict[str, Any], view: Callable[[dict[str, Any]], str]
) -> None:
    """Show what became of a change, and fail when a restart would not know of it."""
    invocation.show(outcome, view)
    # An older supervisor does not say.
    if problem := outcome.get("not_saved"):
        raise MeshvisorError(f"That holds until meshvisor ends: {clean(problem)}")


def _remark_on_unknown(invocation: Invocation, mesh_id: str) -> None:
    """Say that no such mesh is there: it may be blocked beforehand, and be a slip as well."""
    try:
        known = invocation.request("meshes")["meshes"]
    except MeshvisorError:
        return  # unknown, such as without a supervisor
    if mesh_id not in {mesh["mesh_id"] for mesh in known}:
        output.remark(
            f"There is no mesh {mesh_id} at present; 'meshvisor meshes list' shows those there are."
        )


def _list_view(result: dict[str, Any]) -> str:
    if not result["blocked"]:
        return "No mesh is blocked."
    # All alike, so that the times stand below each other.
    left = [entry["remaining_seconds"] for entry in result["blocked"]]
    exact = any(seconds is not None and seconds < LONG for seconds in left)
    rows = [
        [
            entry["mesh_id"],
            Cell(
                BLOCK_REASONS.get(entry["reason"], entry["reason"]),
                YELLOW if entry["blocked_until"] else MAGENTA,
            ),
            moment(entry["blocked_at"], seconds=exact),
            moment(entry["blocked_until"], seconds=exact) if entry["blocked_until"] else "for ever",
            duration(entry["remaining_seconds"]),
        ]
        for entry in result["blocked"]
    ]
    lines = render(_COLUMNS, rows, fit=columns(), colours=has_colours())
    return "\n".join([*lines, *_problems(result["blocked"])])


def _problems(blocked: list[dict[str, Any]]) -> Iterator[str]:
    mark = paint("!", YELLOW, has_colours())
    for entry in blocked:
        if entry.get("problem"):
            mesh_id = clean(entry["mesh_id"])
            yield (
                f"{mark} The entry of {mesh_id} cannot be read: {clean(entry['problem'])}; correct "
                f"it, or: meshvisor blocklist unblock {mesh_id}"
            )


def _stats_view(stats: dict[str, Any]) -> str:
    if not stats["total"]:
        return "No mesh is blocked."
    total = number(stats["total"], "mesh is", "meshes are")
    return f"{total} blocked: {stats['permanent']} for ever, {stats['temporary']} for a time."


def _block_view(outcome: dict[str, Any]) -> str:
    until = outcome["blocked_until"]
    how_long = f"until {moment(until, seconds=True)}" if until else "for ever"
    return f"{clean(outcome['mesh_id'])} is blocked {how_long}."


def _unblock_view(outcome: dict[str, Any]) -> str:
    mesh_id = clean(outcome["mesh_id"])
    if outcome["was_blocked"]:
        return f"{mesh_id} is not blocked any more."
    return f"{mesh_id} was not blocked."
