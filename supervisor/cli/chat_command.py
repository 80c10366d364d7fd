"""`meshvisor chat ROOM`: finds the server of a room and lets a person talk there.

Does not own the talking (`supervisor.cli.chat`).
"""

from __future__ import annotations

import asyncio
import getpass
import os

import click

from shared.errors import MeshvisorError
from supervisor.cli.command import Command, Invocation, pass_invocation
from supervisor.cli.parameters import MESH


@click.command(cls=Command)
@click.argument("room", type=MESH)
@click.option("--name", help="What the others see (default: your user name).")
@click.option("--server", metavar="URL", help="ws://host:port, instead of looking for it.")
@pass_invocation
def chat(invocation: Invocation, *, room: str, name: str | None, server: str | None) -> None:
    """Talk in a room from this terminal."""
    from supervisor.cli.chat import chat as talk

    address = server or server_of(invocation, room)
    asyncio.run(talk(address, room, name or _user()))


def server_of(invocation: Invocation, room: str | None) -> str:
    """Return the WebSocket address of a room's server.

    The running supervisor knows it; a room that it does not know is looked for where its other
    meshes are, and without a supervisor where the settings say.

    Args:
        invocation: names the home.
        room: None: any room.
    """
    try:
        meshes = invocation.request("meshes")["meshes"]
    except MeshvisorError:
        meshes = []
    for mesh in meshes:
        if mesh["mesh_id"] == room:
            return str(mesh["server"])
    if meshes:
        return str(meshes[0]["server"])
    from shared.settings.load import load_settings

    settings = load_settings(invocation.home, os.environ)
    named = (mesh.server for mesh in settings.meshes if mesh.id == room)
    return next(named, None) or settings.platform.server


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "operator"  # a user id without a name, as in some containers
