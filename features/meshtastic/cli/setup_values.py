"""A radio, as `meshvisor init` is given it or asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from meshvisor.features.fleet.cli.init.terminal import Dialogue
from meshvisor.features.meshtastic.address import check_server
from meshvisor.features.meshtastic.kind import MESHTASTIC
from meshvisor.shared.model.mesh_id import check_mesh_id
from meshvisor.shared.settings.template import Choices

BY_ID: Final = Path("/dev/serial/by-id")
"""Where serial ports have names that stay the same."""

DEFAULT_MESH: Final = "radio"

LOCAL: Final = "127.0.0.1"
"""Where the playground's radio is."""


def check_radio(text: str) -> str:
    """Return where a radio is, or raise ValueError with a sentence."""
    try:
        return check_server(text)
    except ValueError as error:
        raise ValueError(f"A radio {error}") from None


def of_radio(server: str) -> Mapping[str, str | tuple[str, ...]]:
    """Return what a mesh says that is on a radio."""
    return {"transport": MESHTASTIC, "server": server}


def ask(dialogue: Dialogue) -> Choices:
    """Ask where it is."""
    dialogue.say("Its host, if it is on the network, else its serial port.")
    ports = serial_ports()
    if ports:
        dialogue.say("Plugged in: " + ", ".join(ports))
    else:
        dialogue.say(
            f"Without one: {LOCAL}, and 'meshvisor playground --kind radio' in another terminal."
        )
    radio = dialogue.ask_until("Radio", check_radio, ports[0] if ports else LOCAL)
    mesh = dialogue.ask_until("Name of the mesh", check_mesh_id, DEFAULT_MESH)
    dialogue.say("It answers direct messages; docs/meshtastic.md says how to allow channels.")
    return Choices(meshes=(mesh,), mesh_settings=of_radio(radio))


def serial_ports(folder: Path = BY_ID) -> list[str]:
    """Return the serial ports that are plugged in, by their lasting names."""
    try:
        return sorted(str(port) for port in folder.iterdir())
    except OSError:
        return []
