"""What radios add to `meshvisor init`: `--radio`, and a radio to live on.

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

RADIO: Final = "radio"


def _check_radio(text: str) -> str:
    from meshvisor.features.meshtastic.cli.setup_values import check_radio

    return check_radio(text)


def _mesh_settings(given: Given) -> Mapping[str, str | tuple[str, ...]]:
    from meshvisor.features.meshtastic.cli.setup_values import of_radio

    return of_radio(given[RADIO]) if given.get(RADIO) is not None else {}


def _ask(dialogue: Dialogue) -> Choices:
    from meshvisor.features.meshtastic.cli.setup_values import ask

    return ask(dialogue)


SETUP: Final = Setup(
    options=(
        click.Option(
            [f"--{RADIO}"],
            metavar="WHERE",
            type=CheckedType("radio", _check_radio),
            help="Meshtastic radio: HOST, HOST:PORT, /dev/ttyUSB0.",
        ),
    ),
    examples=("init --yes --mesh radio --radio 192.168.1.50",),
    mesh_sources=(MeshSource(position=28, text="On a Meshtastic radio", ask=_ask),),
    mesh_settings=_mesh_settings,
)
