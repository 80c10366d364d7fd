"""A fleet with a radio: its worker is killed, the radio starts anew, and nodes move."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from typing import Any

import pytest

from meshvisor.features.meshtastic.wire.packet import Data, Port
from meshvisor.features.meshtastic.wire.payloads import Position
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.fleet import Fleet
from tests.transports.meshtastic import RadioNetwork

pytestmark = pytest.mark.faults


@pytest.fixture
async def network() -> AsyncIterator[RadioNetwork]:
    """Return a radio."""
    network = RadioNetwork()
    await network.open()
    yield network
    await network.close()


async def ping(network: RadioNetwork) -> None:
    """Have the bot answer to a node alone, and not in the channel."""
    await network.say("?ping", "12")
    await network.say("?there-is-no-such-command", "13", direct=True)
    await network.say("?ping", "14", direct=True)
    heard = await network.heard()
    assert (heard.text, heard.place) == ("pong", "dm:14")


async def test_a_radio(home: Home, network: RadioNetwork) -> None:
    """Whatever dies, the bot is back; the station knows where nodes are."""
    mesh = {
        "id": "radio",
        "transport": "meshtastic",
        "server": network.server,
        "gap": 0,
    }
    fleet = Fleet(home, {"commands": {"cooldown": 0}, "meshes": [mesh]})
    try:
        await fleet.start("--no-console")
        await fleet.mesh_is("radio", MeshState.CONNECTED)
        await ping(network)
        killed = await fleet.mesh_is("radio", MeshState.CONNECTED)
        assert killed.pid is not None
        os.kill(killed.pid, signal.SIGKILL)
        await fleet.mesh_is("radio", MeshState.CONNECTED, besides=killed.pid)
        await ping(network)
        await network.close()
        await fleet.mesh_is("radio", MeshState.DISCONNECTED)
        await network.open()
        await fleet.mesh_is("radio", MeshState.CONNECTED)
        await ping(network)
        network.hear("12", Data(Port.POSITION, Position(52.5, 13.4).encoded()))

        async def place() -> Any:
            users = (await fleet.ask("station_users"))["users"]
            return next((one["position"] for one in users if one["position"] is not None), None)

        assert (await fleet.until_told(place, "where the node is"))["latitude"] == 52.5
    finally:
        await fleet.close()
