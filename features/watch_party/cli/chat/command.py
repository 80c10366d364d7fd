"""`meshvisor chat ROOM`: finds the server of a room and lets a person talk there.

Does not own the talking (`features.watch_party.cli.chat.chat`).
"""

from __future__ import annotations

import asyncio
import getpass
import os
from typing import Any

import click

from meshvisor.shared.errors import MeshvisorError, MissingError, UsageError
from meshvisor.supervisor.cli import output
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import block
from meshvisor.supervisor.cli.parameters import MESH


@click.command(
    cls=Command,
    examples=(
        "chat lobby",
        "chat lobby --name ann",
        "chat lobby --server ws://127.0.0.1:8484",
    ),
)
@click.argument("room", type=MESH)
@click.option("--name", help="What the others see (default: your user name).")
@click.option("--server", metavar="URL", help="ws://host:port, instead of looking for it.")
@pass_invocation
def chat(invocation: Invocation, *, room: str, name: str | None, server: str | None) -> None:
    """Talk in a room from this terminal."""
    from meshvisor.features.watch_party.cli.chat.chat import chat as talk

    called = room if server else _address_of(invocation, room)

    def find() -> str | None:
        # A playground has another port each time, and a supervisor that was killed a new one.
        return None if server else _server_known_to_supervisor(invocation, called)

    address = server or server_of(invocation, called)
    if not server and (why := _why_no_bot(invocation, room)):
        output.remark(why)
    try:
        asyncio.run(talk(address, called, name or _user(), find))
    except MissingError as error:
        raise error if server else of_home(error, invocation) from None


def of_home(error: MissingError, invocation: Invocation) -> MissingError:
    """Return the error of a server that was looked for, with the home that has named it."""
    text = str(error).removesuffix(".")
    return MissingError(f"{text}, or another home than {invocation.home.root} with --home.")


def server_of(invocation: Invocation, room: str | None) -> str:
    """Return the WebSocket address of a room's server.

    The running supervisor knows it; a room that it does not know is looked for where its other
    meshes are, and without a supervisor where the settings say.

    Args:
        invocation: names the home.
        room: None: any room.
    """
    known = _server_known_to_supervisor(invocation, room)
    if known is not None:
        return known
    from meshvisor.features.fleet.settings import StaticMesh
    from meshvisor.features.watch_party.settings import PlatformSettings
    from meshvisor.shared.settings.load import load_settings

    settings = load_settings(invocation.home, os.environ)
    named = (mesh.server for mesh in settings.each(StaticMesh) if room in {mesh.id, mesh.address})
    return next(named, None) or settings.of(PlatformSettings).server


def _address_of(invocation: Invocation, room: str) -> str:
    """Return what its server calls a mesh.

    Raises:
        UsageError: it is no watch-party room, in which this command could talk.
    """
    try:
        meshes = invocation.request("meshes")["meshes"]
    except MeshvisorError:
        meshes = _meshes_of_settings(invocation)
    mesh: dict[str, Any] = next((one for one in meshes if one["mesh_id"] == room), {})
    if mesh.get("transport"):
        raise UsageError(
            f"chat talks in watch-party rooms, and {room} is carried by the transport "
            f"{mesh['transport']}; talk to the bot on its own network"
        )
    return str(mesh.get("address") or room)


def _meshes_of_settings(invocation: Invocation) -> list[dict[str, Any]]:
    from meshvisor.features.fleet.settings import StaticMesh
    from meshvisor.features.watch_party.kind import NAME
    from meshvisor.shared.settings.load import load_settings

    meshes = load_settings(invocation.home, os.environ).each(StaticMesh)
    return [
        {
            "mesh_id": mesh.id,
            "transport": None if mesh.transport == NAME else mesh.transport,
            "address": mesh.address,
        }
        for mesh in meshes
    ]


def _why_no_bot(invocation: Invocation, room: str) -> str | None:
    """Return why no bot will answer in a room; None: the bot is there, or it is unknown."""
    try:
        health = invocation.request("process_health", mesh_id=room)
    except MeshvisorError:
        return None
    state = health["state"]
    if state == "blocked" and health.get("block"):
        return (
            f"The bot is not in {room}, which is blocked ({block(health['block'])}); let it in "
            f"again: meshvisor blocklist unblock {room}"
        )
    if state in {"stopped", "failed"}:
        return f"The bot is not in {room}, which is {state}; meshvisor start {room}"
    return None


def _server_known_to_supervisor(invocation: Invocation, room: str | None) -> str | None:
    try:
        meshes = invocation.request("meshes")["meshes"]
    except MeshvisorError:
        return None
    rooms = [mesh for mesh in meshes if not mesh.get("transport")]
    for mesh in rooms:
        if room in {mesh["mesh_id"], mesh.get("address")}:
            return str(mesh["server"])
    return str(rooms[0]["server"]) if rooms else None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "operator"  # a user id without a name, as in some containers
