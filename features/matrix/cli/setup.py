"""What Matrix adds to `meshvisor init`: `--matrix`, `--room`, and a network to live on.

Read whenever the command line is: it loads nothing that takes time before it is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import click

from meshvisor.features.fleet.cli.init.setup import Given, MeshSource, Setup
from meshvisor.supervisor.cli.parameters import CheckedType

if TYPE_CHECKING:
    from meshvisor.features.fleet.cli.init.terminal import Dialogue
    from meshvisor.shared.settings.template import Choices

SERVER: Final = "matrix"
ROOM: Final = "room"


def _check_server(text: str) -> str:
    from meshvisor.features.matrix.cli.setup_values import check_matrix_server

    return check_matrix_server(text)


def _check_room(text: str) -> str:
    from meshvisor.features.matrix.cli.setup_values import check_matrix_room

    return check_matrix_room(text)


def _mesh_settings(given: Given) -> Mapping[str, str | tuple[str, ...]]:
    from meshvisor.features.matrix.cli.setup_values import from_options

    return from_options(given.get(SERVER), given.get(ROOM))


def _ask(dialogue: Dialogue) -> Choices:
    from meshvisor.features.matrix.cli.setup_values import ask

    return ask(dialogue)


SETUP: Final = Setup(
    options=(
        click.Option(
            [f"--{SERVER}"],
            metavar="SERVER",
            type=CheckedType("server", _check_server),
            help="Matrix homeserver of the meshes: https://HOST.",
        ),
        click.Option(
            [f"--{ROOM}"],
            metavar="ROOM",
            type=CheckedType("room", _check_room),
            help="Matrix room: #address:server or !id.",
        ),
    ),
    examples=("init --yes --mesh lounge --matrix matrix.org --room '#lounge:matrix.org'",),
    mesh_sources=(MeshSource(position=27, text="In rooms of a Matrix homeserver", ask=_ask),),
    mesh_settings=_mesh_settings,
)
