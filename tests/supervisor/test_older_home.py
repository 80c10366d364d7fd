"""A home that the version before has written works on, and nothing has to be done for it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from meshvisor.features.watch_party.protoo.rooms import RoomUser
from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.fleet import Fleet
from tests.homes import restore

ANN = RoomUser("4242", "Ann")
"""Who is an admin there and has submitted the job."""


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    """Return a mesh server with the rooms of that home."""
    async with Playground(["lobby", "cinema", "vault"]) as server:
        yield server


@pytest.fixture
async def fleet(
    home: Home, playground: Playground, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Fleet]:
    """Return a fleet on it; only the port of its server is another one."""
    restore("before_transports", home)
    monkeypatch.setenv("MESHVISOR__PLATFORM__SERVER", playground.server)
    made = Fleet(home)
    yield made
    await made.close()


async def test_it_starts_as_it_was_left(fleet: Fleet, playground: Playground) -> None:
    """With the same meshes, people, permissions, account and jobs, from the same files."""
    before = fleet.home.settings_file.read_bytes()
    checked = await fleet.command("config", "check")
    assert "Static meshes: 3 meshes; discovery: off." in checked.out
    await fleet.start()
    await fleet.worker("lobby")
    await fleet.mesh_is("cinema", MeshState.STOPPED)
    blocked = await fleet.mesh_is("vault", MeshState.BLOCKED)
    assert (blocked.transport, blocked.address, blocked.account) == (None, None, None)
    admins = json.loads((await fleet.command("admin", "list", "--all", "--json")).out)["admins"]
    assert {admin["user_id"]: admin["is_active"] for admin in admins} == {
        "4242": True,
        "4343": False,
    }
    account = json.loads((await fleet.command("credentials", "show", "--json")).out)
    assert "12345_abc123" in str(account)
    # Closed by hand to all but admins.
    assert "admins" in (await playground.ask("lobby", "?uptime")).text
    assert "admins" not in (await playground.ask("lobby", "!uptime", user=ANN)).text
    assert fleet.home.settings_file.read_bytes() == before
    assert await fleet.stop() == 0


async def test_a_job_goes_on_and_is_reported(fleet: Fleet, playground: Playground) -> None:
    """Behind the item that was done, to its requester, where that was."""
    await fleet.start()
    await playground.wait_for_peer("lobby")
    (fleet.home.root / "go").touch()
    await playground.ask("lobby", "?resume 1", user=ANN)
    done = await playground.wait_for_chat("lobby", "chore.*(done|completed)|2 of 2")
    assert "1" in done.text
    job = json.loads((await fleet.command("jobs", "show", "1", "--json")).out)
    assert (job["status"], job["counts"]["done"], job["created_by"]) == ("completed", 2, "4242")


async def test_its_meshes_start_and_stop(fleet: Fleet) -> None:
    """What was stopped and blocked is let in again by hand."""
    await fleet.start()
    assert (await fleet.command("start", "cinema", "--wait")).code == 0
    assert (await fleet.command("blocklist", "unblock", "vault")).code == 0
    await fleet.all_are(MeshState.CONNECTED, 3)
    doctor = await fleet.command("doctor")
    assert "fail" not in doctor.out
