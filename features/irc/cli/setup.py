"""What IRC adds to `meshvisor init`: `--irc`, `--channels`, `--nick`, and a network to live on.

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

SERVER: Final = "irc"
CHANNELS: Final = "channels"
NICK: Final = "nick"


def _check_server(text: str) -> str:
    from meshvisor.features.irc.cli.setup_values import check_irc_server

    return check_irc_server(text)


def _check_channels(text: str) -> str:
    from meshvisor.features.irc.cli.setup_values import check_channels

    return check_channels(text)


def _check_nick(text: str) -> str:
    from meshvisor.features.irc.cli.setup_values import check_nick

    return check_nick(text)


def _mesh_settings(given: Given) -> Mapping[str, str | tuple[str, ...]]:
    from meshvisor.features.irc.cli.setup_values import from_options

    return from_options(given.get(SERVER), given.get(CHANNELS), given.get(NICK))


def _ask(dialogue: Dialogue) -> Choices:
    from meshvisor.features.irc.cli.setup_values import ask

    return ask(dialogue)


SETUP: Final = Setup(
    options=(
        click.Option(
            [f"--{SERVER}"],
            metavar="SERVER",
            type=CheckedType("server", _check_server),
            help="IRC server of the meshes: HOST, HOST:PORT.",
        ),
        click.Option(
            [f"--{CHANNELS}"],
            metavar="NAMES",
            type=CheckedType("channels", _check_channels),
            help="IRC channels, with commas between them.",
        ),
        click.Option(
            [f"--{NICK}"],
            metavar="NICK",
            type=CheckedType("nick", _check_nick),
            help="The bot's nick on IRC.",
        ),
    ),
    examples=("init --yes --mesh libera --irc irc.libera.chat --channels '#a,#b'",),
    mesh_sources=(MeshSource(position=25, text="On an IRC network", ask=_ask),),
    mesh_settings=_mesh_settings,
)
