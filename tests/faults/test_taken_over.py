"""What a reload takes over beside the settings, and what people remove below a running home."""

from __future__ import annotations

import json
import signal

from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from tests.faults.conftest import StartFleet

NUMBER_ONE = """
from meshvisor import (CommandContext, command)

@command("number", help="Say the number")
async def number(ctx: CommandContext) -> None:
    await ctx.reply("1")
"""


async def test_a_changed_plugin_file(start_fleet: StartFleet, playground: Playground) -> None:
    """SIGHUP replaces all workers by ones with the new code."""
    fleet = await start_fleet(NUMBER_ONE)
    before = await fleet.worker()
    await playground.wait_for_peer("lobby")
    assert (await playground.ask("lobby", "?number")).text == "1"
    (path,) = fleet.home.plugins.glob("*.py")
    path.write_text(NUMBER_ONE.replace('"1"', '"two"'))
    fleet.signal(signal.SIGHUP)
    await fleet.mesh_is("lobby", MeshState.CONNECTED, besides=before)
    await playground.wait_for_peer("lobby")
    assert (await playground.ask("lobby", "?number")).text == "two"


async def test_a_link_that_leads_nowhere(start_fleet: StartFleet) -> None:
    """What an editor leaves in the folder for a moment neither ends a reload nor the fleet."""
    fleet = await start_fleet()
    before = await fleet.worker()
    fleet.home.plugins.mkdir(parents=True, exist_ok=True)
    (fleet.home.plugins / ".#greeter.py").symlink_to("nobody@nowhere.1")
    (fleet.home.plugins / "lost.py").symlink_to("nowhere")
    fleet.signal(signal.SIGHUP)
    await fleet.logged("settings read again")
    assert await fleet.worker() == before


async def test_changed_credentials(start_fleet: StartFleet, playground: Playground) -> None:
    """SIGHUP hands them to the workers, which use them when they connect next."""
    fleet = await start_fleet()
    await fleet.worker()
    path = fleet.home.credentials_file
    path.touch(mode=0o600)
    path.write_text(json.dumps({"peerId": "77_new", "authToken": "r:token"}))
    fleet.signal(signal.SIGHUP)
    await fleet.logged("settings read again: credentials changed")
    playground.drop("lobby")
    await playground.wait_for_peer("lobby", "77_new")


async def test_a_room_that_is_seen_again_at_once(
    start_fleet: StartFleet, playground: Playground
) -> None:
    """A bot that leaves while discovery sees its mesh again has not crashed."""
    fleet = await start_fleet(fleet={"discovery_interval": 0.1})
    before = await fleet.worker()
    playground.end_room("lobby")
    playground.add_room("lobby")
    await fleet.mesh_is("lobby", MeshState.CONNECTED, besides=before)
    mesh = await fleet.mesh("lobby")
    assert mesh is not None
    assert "crash" not in fleet.log("lobby")
    assert mesh.last_error is None or "ended by itself" not in mesh.last_error


async def test_a_removed_control_socket(start_fleet: StartFleet) -> None:
    """It is made anew, and commands work again."""
    fleet = await start_fleet()
    await fleet.worker()
    fleet.home.control_socket.unlink()
    await fleet.until(lambda: fleet.home.control_socket.exists() or None, "the socket to return")
    assert (await fleet.status()).supervisor.pid == fleet.pid
