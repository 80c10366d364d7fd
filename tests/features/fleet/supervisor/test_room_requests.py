"""What people in rooms ask for: answered, and never too much at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import msgspec
import pytest

from meshvisor.features.fleet.supervisor.room_requests import MOST_OPEN
from meshvisor.shared.protocol.from_worker import AdminRequest
from meshvisor.shared.protocol.to_worker import AdminResult
from tests.features.fleet.supervisor import puppets
from tests.features.fleet.supervisor.conftest import MakeStage
from tests.features.fleet.supervisor.puppets import Puppet, Stage

REFRESH: Final = AdminRequest(mesh_id="lobby", command="refresh", user_id="11")


class Clerk:
    """Answers when the test says so.

    Attributes:
        gate: while it is not set, no worker gets an answer.
        crash: it fails instead of answering.
        open: requests that it has at present.
        most_open: as many as it ever had.
    """

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.crash = False
        self.asked: list[tuple[str, AdminRequest]] = []
        self.open = 0
        self.most_open = 0

    async def answer(self, mesh_id: str, request: AdminRequest) -> AdminResult:
        """Answer."""
        self.asked.append((mesh_id, request))
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            await self.gate.wait()
        finally:
            self.open -= 1
        if self.crash:
            raise RuntimeError("a bug")
        return AdminResult(ok=True, text=f"{request.command} in {mesh_id}")


@pytest.fixture
async def clerk(monkeypatch: pytest.MonkeyPatch) -> Clerk:
    """Return the one whom the fleet asks."""
    made = Clerk()
    monkeypatch.setattr(puppets, "no_feature_answers", made.answer)
    return made


@pytest.fixture
async def stage(clerk: Clerk, make_stage: MakeStage) -> AsyncIterator[Stage]:
    """Return a fleet of two."""
    stage = make_stage()
    stage.want("lobby", "cinema")
    yield stage
    clerk.gate.set()


async def answers(puppet: Puppet, count: int) -> list[AdminResult]:
    """Return so many answers, as soon as they are there."""
    return [await puppet.hear(AdminResult) for _ in range(count)]


async def test_answer(stage: Stage, clerk: Clerk) -> None:
    """It goes to whom it concerns and says what it answers."""
    clerk.gate.set()
    lobby, cinema = await stage.connected("lobby", "cinema")
    # What a worker says about where it is counts for nothing.
    request = msgspec.structs.replace(REFRESH, mesh_id="elsewhere", id=77)
    cinema.say(request)
    (answer,) = await answers(cinema, 1)
    assert (answer.ok, answer.text) == (True, "refresh in cinema")
    assert (answer.reply_to, answer.mesh_id) == (77, "cinema")
    assert lobby.heard(AdminResult) == []


async def test_crash(stage: Stage, clerk: Clerk, caplog: pytest.LogCaptureFixture) -> None:
    """A defect is logged with its traceback, answered, and costs nothing else."""
    clerk.crash = True
    clerk.gate.set()
    (lobby,) = await stage.connected("lobby")
    lobby.say(REFRESH)
    (answer,) = await answers(lobby, 1)
    assert (answer.ok, answer.text) == (False, "That failed; the supervisor's log says why.")
    assert "refresh could not be carried out" in caplog.text
    assert "RuntimeError: a bug" in caplog.text
    clerk.crash = False
    lobby.say(REFRESH)
    assert (await answers(lobby, 1))[0].ok


async def test_flood(stage: Stage, clerk: Clerk) -> None:
    """A worker that asks too much is refused at once; another one is served meanwhile."""
    lobby, cinema = await stage.connected("lobby", "cinema")
    for _ in range(1000):
        lobby.say(REFRESH)
    refused = await answers(lobby, 1000 - MOST_OPEN)
    assert {(answer.ok, answer.text) for answer in refused} == {(False, "One at a time, please.")}
    assert clerk.most_open == MOST_OPEN
    cinema.say(REFRESH)
    while clerk.open <= MOST_OPEN:
        await asyncio.sleep(0)
    clerk.gate.set()
    assert all(answer.ok for answer in await answers(lobby, MOST_OPEN))
    assert (await answers(cinema, 1))[0].ok
    # The worker that waited for the answers may ask again, as much as before.
    clerk.gate.clear()
    for _ in range(MOST_OPEN):
        lobby.say(REFRESH)
    while clerk.open < MOST_OPEN:
        await asyncio.sleep(0)


async def test_worker_that_dies(stage: Stage, clerk: Clerk) -> None:
    """An answer for a worker that is gone is dropped; its successor starts from nothing."""
    (lobby,) = await stage.connected("lobby")
    for _ in range(MOST_OPEN):
        lobby.say(REFRESH)
    while clerk.open < MOST_OPEN:
        await asyncio.sleep(0)
    lobby.end()
    successor = await stage.puppet("lobby", after=lobby)
    successor.say(REFRESH)
    while clerk.open <= MOST_OPEN:
        await asyncio.sleep(0)
    clerk.gate.set()
    assert (await answers(successor, 1))[0].ok
    assert successor.heard(AdminResult) == []


async def test_stop(stage: Stage, clerk: Clerk) -> None:
    """The end of the fleet does not wait for answers that are not needed any more."""
    (lobby,) = await stage.connected("lobby")
    lobby.say(REFRESH)
    while not clerk.open:
        await asyncio.sleep(0)
    await stage.fleet.close(1, asyncio.Event())
    while clerk.open:
        await asyncio.sleep(0)
    assert not clerk.gate.is_set()
