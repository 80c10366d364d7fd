"""Meshes that are blocked: because the bot was kicked, or was let in for none of three times."""

from __future__ import annotations

import json
import os
import pwd
from typing import Any

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.faults.conftest import MakeFleet, StartFleet
from tests.fleet import Fleet

pytestmark = pytest.mark.faults


def blocked(home: Home) -> dict[str, str]:
    """Return the meshes that the file blocks, with the reasons."""
    path = home.below("config/blocklist.json")
    if not path.exists():
        return {}
    entries = json.loads(path.read_text())["blockedMeshes"].values()
    return {entry["meshId"]: entry["reason"] for entry in entries}


# ---- Kicked --------------------------------------------------------------------------------------


async def test_kicked(start_fleet: StartFleet, playground: Playground, home: Home) -> None:
    """A mesh that kicked the bot is left alone for ever, until its entry in the file is gone."""
    fleet = await start_fleet()
    spared = await fleet.worker("cinema")
    playground.kick("lobby", await playground.wait_for_peer("lobby"))
    mesh = await fleet.mesh_is("lobby", MeshState.BLOCKED)
    assert (mesh.pid, mesh.restarts) == (None, 0)
    assert (mesh.last_error or "").startswith("kicked")
    await fleet.logged("kicked, blocked until an operator unblocks it", "lobby")
    await fleet.until(lambda: blocked(home) == {"lobby": "kicked"}, "the blocklist file")
    assert (await fleet.ask("blocklist_stats"))["permanent"] == 1
    assert "for ever" in (await fleet.command("blocklist", "list")).out
    assert await fleet.stop() == 0

    again = Fleet(home)
    await again.start()
    assert await again.worker("cinema") != spared
    await again.mesh_is("lobby", MeshState.BLOCKED)
    assert (await again.command("start", "lobby")).code != 0
    assert len(playground.connects("lobby")) == 1
    home.below("config/blocklist.json").write_text('{"blockedMeshes": {}}')
    await again.worker("lobby")
    assert blocked(home) == {}
    await again.close()


# ---- Refused -------------------------------------------------------------------------------------


async def test_three_failures(start_fleet: StartFleet, playground: Playground, home: Home) -> None:
    """A mesh that lets the bot in for none of three times is blocked for a while, then back."""
    playground.refuse("lobby", status=403, times=3)
    fleet = await start_fleet(fleet={"blocklist_duration": 1})
    await fleet.mesh_is("lobby", MeshState.BLOCKED)
    assert len(playground.connects("lobby")) == 3
    await fleet.logged("blocked for 1 s after 3 failed connects; the last: .*403", "lobby")
    log = fleet.log("lobby")
    assert log[: log.index("blocked for 1 s after")].count("Could not connect") == 3
    await fleet.until(lambda: blocked(home) == {"lobby": "connection_failures"}, "the file")
    await fleet.worker("lobby")
    await fleet.until(lambda: not blocked(home), "an empty blocklist file")
    assert len(playground.connects("cinema")) == 1


@pytest.mark.long
async def test_three_failures_of_one_process_each(
    start_fleet: StartFleet, playground: Playground
) -> None:
    """Failures count for the mesh, also when its worker dies between them."""
    playground.refuse("lobby", status=403)
    fleet = await start_fleet(fleet={"max_connection_attempts": 3})
    for count in (1, 2):
        await playground.wait_for_connects("lobby", count)
        mesh = await fleet.mesh_is("lobby", MeshState.DISCONNECTED)
        (worker,) = fleet.processes_named("worker lobby")
        worker.kill()
        await fleet.gone(worker.pid)
        assert mesh.pid == worker.pid
    await fleet.mesh_is("lobby", MeshState.BLOCKED)
    assert len(playground.connects("lobby")) == 3


# ---- By hand -------------------------------------------------------------------------------------


@pytest.mark.long
async def test_the_same_events_without_a_supervisor(
    make_fleet: MakeFleet, playground: Playground
) -> None:
    """Blocked, for another time, and unblocked, with its actor; no change is no event."""
    fleet = make_fleet()

    async def reported() -> list[dict[str, Any]]:
        outcome = await fleet.command("events", "--kind", "block.*", "--json")
        return json.loads(outcome.out)["events"]  # type: ignore[no-any-return]

    async def block_and_unblock() -> None:
        for command in (
            ("unblock", "lobby"),
            ("block", "lobby"),
            ("block", "lobby", "--for", "1h"),
            ("unblock", "lobby"),
            ("unblock", "lobby"),
        ):
            outcome = await fleet.command("blocklist", *command)
            assert (outcome.code, outcome.err) == (0, "")

    await block_and_unblock()
    offline = await reported()
    user = pwd.getpwuid(os.getuid()).pw_name
    assert [(one["kind"], one["mesh_id"], one["actor"]) for one in offline] == [
        ("block.set", "lobby", user),
        ("block.set", "lobby", user),
        ("block.ended", "lobby", user),
    ]
    await fleet.start()
    await block_and_unblock()

    async def all_reported() -> bool:
        return len(await reported()) == 2 * len(offline)

    await fleet.until_told(all_reported, "the events of the supervisor")
    shape = [_without_moments(one) for one in await reported()]
    assert shape[:3] == shape[3:]

    # The block of a mesh that has kicked the bot has no actor.
    playground.kick("lobby", await playground.wait_for_peer("lobby"))
    await fleet.mesh_is("lobby", MeshState.BLOCKED)

    async def last() -> dict[str, Any] | None:
        newest = (await reported())[-1]
        return newest if newest["data"]["reason"] == "kicked" else None

    assert (await fleet.until_told(last, "the event of the block"))["actor"] is None


def _without_moments(event: dict[str, Any]) -> dict[str, Any]:
    data = {**event["data"], "until": event["data"]["until"] is None}
    return {**event, "seq": 0, "at": "", "data": data}
