"""Meshes that an operator has stopped: nothing but `start` brings their bots back."""

from __future__ import annotations

import signal

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.faults.conftest import StartFleet, full_disk
from tests.fleet import Fleet, server_settings
from tests.seeds import also_long

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("number", [signal.SIGKILL, *also_long([signal.SIGTERM])])
@pytest.mark.some(1)
async def test_stopped_over_a_restart(
    start_fleet: StartFleet, playground: Playground, home: Home, number: signal.Signals
) -> None:
    """A mesh that was stopped is stopped when the supervisor is back, however it ended."""
    fleet = await start_fleet()
    await fleet.all_are(MeshState.CONNECTED, 2)
    await fleet.ask("stop", mesh_ids=["lobby"])
    fleet.signal(number)
    await fleet.exit_code()
    connects = len(playground.connects("lobby"))
    again = Fleet(home)
    await again.start()
    await again.worker("cinema")
    await again.mesh_is("lobby", MeshState.STOPPED)
    assert len(playground.connects("lobby")) == connects
    await again.ask("start", mesh_ids=["lobby"])
    await again.worker("lobby")
    await again.stop()
    once_more = Fleet(home)
    await once_more.start()
    await once_more.worker("lobby")
    await once_more.close()


@pytest.mark.long
async def test_stopped_while_it_was_away(
    start_fleet: StartFleet, playground: Playground, home: Home
) -> None:
    """A mesh that is listed again after a while is still stopped."""
    listed = [{"id": name, "server": playground.server} for name in ("lobby", "cinema")]
    fleet = await start_fleet(meshes=listed, platform={"url": ""})
    await fleet.all_are(MeshState.CONNECTED, 2)
    await fleet.ask("stop", mesh_ids=["lobby"])
    for meshes in (listed[1:], listed):
        sections = server_settings(playground, meshes=meshes, platform={"url": ""})
        fleet.write_settings(sections)
        await fleet.ask("reload")

        async def taken_over(count: int = len(meshes)) -> bool:
            return len((await fleet.status()).meshes) == count

        await fleet.until_told(taken_over, "the settings to hold")
    await fleet.mesh_is("lobby", MeshState.STOPPED)
    await fleet.ask("restart", mesh_ids=["lobby"])
    await fleet.worker("lobby")


@pytest.mark.some(1)
async def test_stopped_on_a_full_disk(start_fleet: StartFleet) -> None:
    """What cannot be kept holds all the same, and the answer says that it ends with us."""
    fleet = await start_fleet()
    await fleet.all_are(MeshState.CONNECTED, 2)
    with full_disk(fleet):
        (outcome,) = (await fleet.ask("stop", mesh_ids=["lobby"]))["meshes"]
        assert "would start when meshvisor is started again" in outcome["error"]
        await fleet.mesh_is("lobby", MeshState.STOPPED)
    (outcome,) = (await fleet.ask("stop", mesh_ids=["lobby"]))["meshes"]
    assert outcome["error"] is None
