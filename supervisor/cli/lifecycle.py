"""`meshvisor start`, `stop`, `restart` and `shutdown`."""

from __future__ import annotations

import os
import select
from typing import Any

import click

from shared.control.client import SLOW_TIMEOUT
from shared.errors import MeshvisorError
from supervisor.cli.command import Command, Invocation, pass_invocation
from supervisor.cli.parameters import MESH
from supervisor.cli.table import Cell, Column, render
from supervisor.cli.terminal import RED, STATE_COLOURS, columns, has_colours

_mesh_ids = click.argument("mesh_ids", metavar="[MESH]...", type=MESH, nargs=-1)
_all = click.option("--all", "everything", is_flag=True, help="All meshes.")


@click.command(cls=Command)
@_mesh_ids
@_all
@pass_invocation
def start(invocation: Invocation, *, mesh_ids: tuple[str, ...], everything: bool) -> int:
    """Start meshes that are stopped or failed."""
    return _change(invocation, "start", mesh_ids, everything=everything)


@click.command(cls=Command)
@_mesh_ids
@_all
@pass_invocation
def stop(invocation: Invocation, *, mesh_ids: tuple[str, ...], everything: bool) -> int:
    """Stop meshes until they are started again."""
    return _change(invocation, "stop", mesh_ids, everything=everything)


@click.command(cls=Command)
@_mesh_ids
@_all
@pass_invocation
def restart(invocation: Invocation, *, mesh_ids: tuple[str, ...], everything: bool) -> int:
    """Replace the processes of meshes."""
    return _change(invocation, "restart", mesh_ids, everything=everything)


@click.command(cls=Command)
@pass_invocation
def shutdown(invocation: Invocation) -> None:
    """Stop the supervisor and all its workers politely."""
    with invocation.connect() as client:
        pid = client.request("version")["pid"]
        # Opened before it is told to end: afterwards the number may belong to somebody else.
        process = os.pidfd_open(pid)
        try:
            client.request("shutdown")
            _wait_for_end(process)
        finally:
            os.close(process)
    invocation.show({"pid": pid, "stopped": True}, lambda _: f"The supervisor (PID {pid}) is gone.")


# Private


def _wait_for_end(process: int) -> None:
    poller = select.poll()
    poller.register(process, select.POLLIN)
    if not poller.poll(SLOW_TIMEOUT * 1000):
        raise MeshvisorError("The supervisor does not end; 'meshvisor doctor' says what to do.")


def _change(
    invocation: Invocation, kind: str, mesh_ids: tuple[str, ...], *, everything: bool
) -> int:
    if everything == bool(mesh_ids):
        raise click.UsageError(
            f"say which meshes to {kind}, or --all of them"
            if not everything
            else "name meshes or say --all, not both"
        )
    result = invocation.request(kind, timeout=SLOW_TIMEOUT, mesh_ids=list(mesh_ids), all=everything)
    invocation.show(result, _view)
    failed = [mesh for mesh in result["meshes"] if mesh["error"]]
    return MeshvisorError.exit_code if failed else 0


def _view(result: dict[str, Any]) -> str:
    meshes = result["meshes"]
    if not meshes:
        return "There are no meshes."
    rows = [
        [
            mesh["mesh_id"],
            Cell(mesh["state"], STATE_COLOURS.get(mesh["state"])),
            Cell(mesh["error"] or "", RED),
        ]
        for mesh in meshes
    ]
    table = render(
        (Column("MESH", may_cut=True), Column("STATE"), Column("")),
        rows,
        fit=columns(),
        colours=has_colours(),
    )
    return "\n".join(table)
