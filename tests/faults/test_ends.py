"""Bots whose networks end their stay, as operators see it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.fleet import Fleet
from tests.wire.install import install_wire
from tests.wire.network import WireNetwork

pytestmark = pytest.mark.faults


def settings(network: WireNetwork, token: str = "first") -> dict[str, Any]:
    """Return settings of one mesh with an account."""
    mesh = {"id": "lobby", "transport": "wire", "path": str(network.path), "account": "ann"}
    return {
        "platform": {"login": "none"},
        "accounts.ann": {"transport": "wire", "token": token},
        "meshes": [mesh],
    }


@pytest.fixture
async def network(home: Home, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[WireNetwork]:
    """Return a network whose transport is installed for all processes of the test."""
    install_wire(home.root / "packages")
    monkeypatch.setenv("PYTHONPATH", str(home.root / "packages"))
    async with WireNetwork(home.root / "wire.sock") as network:
        yield network


@pytest.fixture
async def fleet(home: Home, network: WireNetwork) -> AsyncIterator[Fleet]:
    """Return a fleet whose bot is there."""
    made = Fleet(home, settings(network))
    await made.start()
    await made.worker()
    yield made
    await made.close()


async def says(fleet: Fleet, text: str) -> str:
    """Return what `status` says, once that holds a text."""

    async def find() -> str | None:
        out = (await fleet.command("status")).out
        return out if text in out else None

    return await fleet.until_told(find, f"{text!r} in status")


@pytest.mark.parametrize("when", ["in the middle of a stay", "at the door"])
@pytest.mark.some(1)
async def test_an_account_that_is_not_accepted_any_more(
    fleet: Fleet, network: WireNetwork, when: str
) -> None:
    """It is said where to mend it, no mesh is blocked, and what is mended is tried at once."""
    network.token = "second"
    network.end("unauthorized" if when == "in the middle of a stay" else "lost")
    out = await says(fleet, "! lobby waits for other credentials")
    assert "because the account ann is not accepted; correct [accounts.ann] in config/" in out
    waiting = (await fleet.command("meshes", "list")).out
    assert "other credentials, because its account is not accepted" in waiting
    worker = (await fleet.mesh_is("lobby", MeshState.DISCONNECTED)).pid
    fleet.write_settings(settings(network, "second"))
    assert (await fleet.command("config", "reload")).code == 0
    mesh = await fleet.mesh_is("lobby", MeshState.CONNECTED)
    assert (mesh.pid, mesh.trouble, mesh.last_error) == (worker, None, None)
    assert network.joins[-1]["token"] == "second"


async def test_a_connection_that_another_client_has_taken(
    fleet: Fleet, network: WireNetwork
) -> None:
    """The bot waits, and an operator need not."""
    network.end("replaced", reason="another phone")
    await says(fleet, "! lobby lost the connection to another client, and tries again")
    mesh = await fleet.mesh_is("lobby", MeshState.DISCONNECTED)
    assert mesh.last_error == "another client has taken the connection: another phone"
    assert (await fleet.command("blocklist", "list", "--json")).out.count("lobby") == 0
    assert len(network.joins) == 1
    assert (await fleet.command("restart", "lobby", "--wait")).code == 0
    assert len(network.joins) == 2


@pytest.mark.some(1)
async def test_a_kick_that_is_no_block(fleet: Fleet, network: WireNetwork) -> None:
    """The network says when the bot may come back; an operator who has settled it need not wait."""
    network.end("kicked", reason="too loud", retry_after=600)
    out = await says(fleet, "! lobby was kicked, and comes back in ")
    assert "kicked: too loud" in out
    shown = (await fleet.command("meshes", "show", "lobby")).out
    assert "tried again in" in shown
    assert (await fleet.command("blocklist", "list", "--json")).out.count("lobby") == 0
    assert (await fleet.command("start", "lobby", "--wait")).code == 0
