"""A clock that is set while the fleet runs."""

from __future__ import annotations

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.faults.conftest import MakeFleet
from tests.fleet import Fleet

pytestmark = pytest.mark.faults

YEAR = 366 * 86400


async def start(fleet: Fleet, wrong_by: int) -> None:
    """Start a fleet whose clock is wrong by so many seconds."""
    set_clock(fleet, wrong_by)
    file = str(fleet.home.root / "skew")
    await fleet.start(program=("-m", "tests.faults.skewed", file))


def set_clock(fleet: Fleet, wrong_by: int) -> None:
    """Set the clock of a fleet."""
    new = fleet.home.root / "skew.new"
    new.write_text(str(wrong_by))
    new.replace(fleet.home.root / "skew")


@pytest.mark.parametrize("wrong_by", [-YEAR, YEAR])
@pytest.mark.long
async def test_a_clock_that_is_set(
    make_fleet: MakeFleet, playground: Playground, wrong_by: int
) -> None:
    """No worker is taken for hung, nothing stops, and pauses and crashes are counted as before."""
    fleet = make_fleet(fleet={"hung_after": 1, "status_poll_interval": 1})
    await start(fleet, 0)
    before = await fleet.all_are(MeshState.CONNECTED, 2)
    set_clock(fleet, wrong_by)
    report = await fleet.ask("poll")
    assert (report["answers"], report["total"]) == (2, 2)
    assert (await playground.ask("lobby", "?ping")).text == "pong"
    (lobby,) = fleet.processes_named("worker lobby")
    lobby.kill()
    await fleet.worker("lobby", besides=lobby.pid)
    after = await fleet.status()
    assert after.meshes[1].pid == before.meshes[1].pid
    assert all((mesh.uptime_seconds or 0) < YEAR / 2 for mesh in after.meshes)
    assert after.supervisor.uptime_seconds < YEAR / 2


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.some(1)
async def test_a_block_is_no_longer_for_it(
    make_fleet: MakeFleet, playground: Playground, home: Home, restart: bool
) -> None:
    """A clock that is set back a year makes a block of two seconds not a year longer."""
    fleet = make_fleet()
    await start(fleet, 0)
    await fleet.worker("lobby")
    await fleet.ask("block", mesh_id="lobby", duration=2)
    await fleet.mesh_is("lobby", MeshState.BLOCKED)
    if restart:
        assert await fleet.stop() == 0
        await start(fleet, -YEAR)
    else:
        set_clock(fleet, -YEAR)
    await fleet.worker("lobby")
    assert (await fleet.ask("blocklist_stats"))["total"] == 0
