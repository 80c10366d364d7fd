"""A session that has expired on the platform."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Final

import pytest

from meshvisor.playground.options import Options
from meshvisor.playground.server import VISITOR, Playground
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.faults.conftest import MakeFleet
from tests.faults.directory.conftest import said, untouched, write_credentials
from tests.fleet import Fleet
from tests.status import StatusReport

pytestmark = pytest.mark.faults

ROOMS: Final = ("lobby", "cinema", "workshop")


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    """Return a mesh server that refuses all who have not logged in."""
    async with Playground(ROOMS, Options(require_login=True)) as server:
        yield server


@pytest.fixture
async def fleet(make_fleet: MakeFleet, playground: Playground, home: Home) -> Fleet:
    """Return a running fleet whose bot has logged in, with one admin."""
    accounts = playground.world.accounts
    link = accounts.send_link("bot@example.com")
    assert accounts.click(link)
    opened = accounts.open_session(link.jwt)
    assert opened is not None
    user, session = opened
    token = accounts.log_in(user.parse_id, session)
    assert token is not None
    write_credentials(
        home,
        email=user.email,
        userId=user.id,
        deviceId="phone",
        peerId=f"{user.id}_phone",
        ssaid="ssaid",
        parseId=user.parse_id,
        parseToken=session,
        authToken=token,
    )
    fleet = make_fleet(platform={"login": "required"})
    assert (await fleet.command("admin", "add", VISITOR.id)).code == 0
    await fleet.start()
    await fleet.all_are(MeshState.CONNECTED, len(ROOMS))
    return fleet


def token_in(home: Home) -> str:
    """Return the token that the file holds."""
    return str(json.loads(home.credentials_file.read_text())["authToken"])


async def locked_out(fleet: Fleet) -> StatusReport:
    """Return the status when every bot was refused because of its token."""

    async def find() -> StatusReport | None:
        status = await fleet.status()
        errors = [mesh.last_error or "" for mesh in status.meshes]
        return status if errors and all("401" in error for error in errors) else None

    return await fleet.until_told(find, "every bot to be refused")


@pytest.mark.long
async def test_bots_that_are_refused(fleet: Fleet, playground: Playground, home: Home) -> None:
    """Status says 401, no worker is replaced, and a renewed session brings all bots back."""
    before = await fleet.status()
    old = token_in(home)
    playground.world.accounts.log_out(keep_sessions=True)
    playground.drop()
    status = await locked_out(fleet)
    assert len(status.meshes) == len(ROOMS)
    shown = (await fleet.command("status")).out
    assert "401" in shown
    assert "renew it with 'meshvisor relogin'" in shown
    outcome = await fleet.command("relogin")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("The session is renewed")
    assert token_in(home) != old
    await untouched(fleet, before)


@pytest.mark.long
async def test_bots_that_are_still_in(fleet: Fleet, playground: Playground, home: Home) -> None:
    """They join again one after another, the one that was asked last, each with the new token."""
    before = await fleet.status()
    known = len(playground.connects())
    playground.world.accounts.log_out(keep_sessions=True)
    answer = await said(playground, "cinema", "?relogin")
    assert answer.startswith("The session is renewed; 3 bots join their rooms again")
    await fleet.logged("3 of 3 bots have joined again")
    connects = playground.connects()[known:]
    assert {connect.room for connect in connects} == set(ROOMS)
    assert [connect.accepted for connect in connects] == [True] * 3
    assert connects[-1].room == "cinema"
    await untouched(fleet, before)


async def test_a_session_that_is_over(fleet: Fleet, playground: Playground, home: Home) -> None:
    """Nothing can be renewed: it is said what to do, and no bot leaves its room for nothing."""
    before = await fleet.status()
    known = len(playground.connects())
    old = token_in(home)
    playground.world.accounts.log_out()
    outcome = await fleet.command("relogin")
    assert outcome.code == 1
    assert outcome.err.count("\n") == 1
    assert "meshvisor login" in outcome.err
    refusal = await said(playground, "cinema", "?relogin")
    assert refusal.startswith("Nothing was done: ")
    assert "its operator has to log it in again" in refusal
    assert "meshvisor" not in refusal
    assert token_in(home) == old
    assert len(playground.connects()) == known
    await untouched(fleet, before)


async def test_a_login_mends_all_rooms(fleet: Fleet, playground: Playground, home: Home) -> None:
    """However often bots were refused meanwhile, no room is blocked for what the account did."""
    before = await fleet.status()
    playground.world.accounts.log_out()
    playground.drop()

    async def find() -> bool:
        return all(mesh.connection_attempts > 3 for mesh in (await fleet.status()).meshes)

    await fleet.until_told(find, "more refusals than a room may give")
    assert (await fleet.status()).totals.blocked == 0
    accounts = playground.world.accounts
    link = accounts.send_link("bot@example.com")
    assert accounts.click(link)
    opened = accounts.open_session(link.jwt)
    assert opened is not None
    user, session = opened
    fields = json.loads(home.credentials_file.read_text())
    token = accounts.log_in(user.parse_id, session)
    await fleet.ask(
        "credentials_save", account={**fields, "parseToken": session, "authToken": token}
    )
    await fleet.all_are(MeshState.CONNECTED, len(ROOMS))
    await untouched(fleet, before)
