"""What watch-party rooms add to `meshvisor init`: `--platform`, `--server`, and where rooms are.

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
    from meshvisor.shared.settings.model import Settings
    from meshvisor.shared.settings.template import Choices

PLATFORM: Final = "platform"
SERVER: Final = "server"


def _check_platform(text: str) -> str:
    from meshvisor.features.watch_party.cli.setup_values import check_platform

    return check_platform(text)


def _check_server(text: str) -> str:
    from meshvisor.features.watch_party.cli.setup_values import check_server

    return check_server(text)


def _settings(given: Given) -> Mapping[tuple[str, str], str]:
    from meshvisor.features.watch_party.cli.setup_values import settings

    return settings(given.get(PLATFORM) or "", given.get(SERVER) or "")


def _holds(held: Settings, given: Given) -> bool:
    """Whether they name this platform or none; a server that was not named may be any."""
    from meshvisor.features.watch_party.settings import PlatformSettings

    platform = held.of(PlatformSettings)
    server = given.get(SERVER)
    return platform.url == (given.get(PLATFORM) or "") and server in (None, platform.server)


def _ask_for_platform(dialogue: Dialogue) -> Choices:
    from meshvisor.features.watch_party.cli import setup_values

    return setup_values.ask_for_platform(dialogue)


def _ask_for_rooms(dialogue: Dialogue) -> Choices:
    from meshvisor.features.watch_party.cli import setup_values

    return setup_values.ask_for_rooms(dialogue)


SETUP: Final = Setup(
    options=(
        click.Option(
            [f"--{PLATFORM}"],
            metavar="URL",
            type=CheckedType("address", _check_platform),
            help="The mesh platform's REST API.",
        ),
        click.Option(
            [f"--{SERVER}"],
            metavar="URL",
            type=CheckedType("address", _check_server),
            help="WebSocket server of meshes.",
        ),
    ),
    examples=("init --yes --server wss://rooms.example.org --mesh lobby --admin 4242",),
    mesh_sources=(
        MeshSource(
            position=10,
            text="On a mesh platform, which knows the meshes",
            ask=_ask_for_platform,
        ),
        MeshSource(position=20, text="In meshes that I list by hand", ask=_ask_for_rooms),
    ),
    settings=_settings,
    holds=_holds,
)
