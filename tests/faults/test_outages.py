"""Mesh servers that are gone, refuse, or come and go."""

from __future__ import annotations

import bisect

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from tests.faults.conftest import StartFleet
from tests.fleet import Fleet

pytestmark = pytest.mark.faults

MESHES = 50
PER_SECOND = 20
"""Connects within any second, as the settings of these tests allow."""
ATTEMPTS = 2
"""Failures after which a mesh is blocked; the pauses between attempts double."""


def most_in_a_second(playground: Playground) -> int:
    """Return the most connects that the server has seen within any second."""
    moments = [connect.at for connect in playground.connects()]
    return max(
        position - bisect.bisect_right(moments, moment - 1.0)
        for position, moment in enumerate(moments, start=1)
    )


async def all_have_failed(fleet: Fleet) -> bool:
    """Say whether every mesh has failed to connect as often as it may."""
    meshes = (await fleet.status()).meshes
    return all(mesh.connection_attempts >= ATTEMPTS for mesh in meshes)


async def test_a_server_that_is_gone_for_a_while(
    start_fleet: StartFleet, playground: Playground
) -> None:
    """Fifty meshes lose their server: all come back, none is blocked, and never all at once."""
    for number in range(MESHES - 2):
        playground.add_room(f"room-{number}")
    fleet = await start_fleet(
        fleet={"connects_per_second": PER_SECOND, "max_connection_attempts": ATTEMPTS}
    )
    before = await fleet.all_are(MeshState.CONNECTED, MESHES)
    await playground.go_down()
    await fleet.all_are(MeshState.DISCONNECTED, MESHES)
    await fleet.until_told(lambda: all_have_failed(fleet), "the last attempt of everybody")
    await fleet.logged("cannot be reached by any mesh: taken for an outage")
    await playground.come_up()
    after = await fleet.all_are(MeshState.CONNECTED, MESHES)
    assert [mesh.pid for mesh in after.meshes] == [mesh.pid for mesh in before.meshes]
    assert after.totals.blocked == 0
    assert {mesh.connection_attempts for mesh in after.meshes} == {0}
    await fleet.logged("answers again")
    assert most_in_a_second(playground) <= PER_SECOND


@pytest.mark.long
async def test_a_server_that_comes_back_slowly(
    start_fleet: StartFleet, playground: Playground
) -> None:
    """A mesh that fails when others are in again already is not blamed for the outage before."""
    for room in ("workshop", "attic"):
        playground.add_room(room)
    playground.refuse()
    fleet = await start_fleet(fleet={"connects_per_second": 3, "max_connection_attempts": ATTEMPTS})
    await fleet.until_told(lambda: all_have_failed(fleet), "the last attempt of everybody")
    for room in ("cinema", "workshop", "attic"):
        playground.refuse(room, times=1)
    playground.allow()
    status = await fleet.all_are(MeshState.CONNECTED, 4)
    assert status.totals.blocked == 0
    assert [mesh.restarts for mesh in status.meshes] == [0] * 4
    assert most_in_a_second(playground) <= 3


async def test_connections_that_are_cut(start_fleet: StartFleet, playground: Playground) -> None:
    """A mesh that has lost its connection comes back in the same process."""
    fleet = await start_fleet()
    before = await fleet.all_are(MeshState.CONNECTED, 2)
    for room in ("lobby", "cinema"):
        await playground.wait_for_peer(room)
    playground.drop()
    await fleet.all_are(MeshState.DISCONNECTED, 2)
    after = await fleet.all_are(MeshState.CONNECTED, 2)
    assert [mesh.pid for mesh in after.meshes] == [mesh.pid for mesh in before.meshes]
    assert after.totals.blocked == 0
