"""The commands in a real worker, in a room of the playground."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from types import ModuleType
from typing import Any

import pytest

from meshvisor.features.jobs.messages.requests import JobRequest, JobResult
from meshvisor.features.jobs.messages.submission import Submission
from meshvisor.features.watch_party.protoo.rooms import RoomUser
from meshvisor.playground.server import Playground
from meshvisor.shared.protocol.from_worker import Connected, Ready
from meshvisor.shared.protocol.to_worker import RefreshAdmins
from tests.worker.supervisor_side import RunningWorker

ADMIN, BOB = RoomUser("11", "ann"), RoomUser("12", "bob")


class Room:
    """A lobby with a bot in it that has the plug-in."""

    def __init__(self, playground: Playground, worker: RunningWorker) -> None:
        self._playground = playground
        self._worker = worker

    async def ask(self, text: str, user: RoomUser = ADMIN) -> str:
        """Return the answer to what a user says."""
        return (await self._playground.ask("lobby", text, user=user)).text

    async def submit(self, command: str, **answer: Any) -> tuple[Submission, str]:
        """Return the job that a command asks for, and what it answers when there is one."""
        asking = asyncio.create_task(self.ask(command), name="ask")
        request = await self._worker.side.expect(JobRequest)
        assert request.submission is not None
        result = {"ok": True, "text": "Job 42 is queued.", "job_id": 42, **answer}
        self._worker.side.send(JobResult(reply_to=request.id, **result))
        return request.submission, await asking


@pytest.fixture
async def room(alliance: ModuleType) -> AsyncIterator[Room]:  # noqa: ARG001 - it is loaded
    """Return the room."""
    async with Playground(["lobby"]) as server:
        worker = await RunningWorker.start(server.server)
        await worker.side.expect(Ready)
        worker.side.send(RefreshAdmins(admins=frozenset({ADMIN.id})))
        await worker.side.expect(Connected)
        await server.wait_for_peer("lobby")
        await worker.side.status()  # it has read what was said before
        yield Room(server, worker)
        await worker.stop()


async def test_add_players(room: Room) -> None:
    """Ids and ranges become the items of a job; what is no id is named in the answer."""
    wanted, answer = await room.submit("?addplayers 40393986, 40393990-40393992 ann")
    assert wanted.action == "addplayer"
    assert wanted.items == ("40393986", "40393990", "40393991", "40393992")
    assert answer == "Job 42 is queued.\nLeft out, because that is no id: ann."


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("?addplayers", "Which ones? Like ?addplayers 40393986 40393990-40394100"),
        ("?addplayers ann", "no id: ann."),
        ("?addplayers 1-6000", "More than 5,000 ids"),
        ("?redeem", "Which code? Like ?redeem WELCOME2026"),
        ("?redeem A B", "Which code?"),
        ("?announce", "What? Like ?announce"),
    ],
)
async def test_misused(room: Room, text: str, answer: str) -> None:
    """Who uses a command wrongly reads how it is used, and there is no job."""
    assert answer in await room.ask(text)


@pytest.mark.parametrize(
    ("text", "action", "data"),
    [
        ("?redeem FROSTY", "redeem_giftcode", {"code": "FROSTY"}),
        ("?refreshplayers", "refresh", {}),
        ('?announce Castle  at "8"', "notifications", {"text": 'Castle  at "8"'}),
    ],
)
async def test_submit(room: Room, text: str, action: str, data: dict[str, str]) -> None:
    """The other commands submit jobs that find their items by themselves."""
    wanted, answer = await room.submit(text)
    assert wanted == Submission(action=action, data=data)
    assert answer == "Job 42 is queued."


async def test_refused(room: Room) -> None:
    """What the supervisor says against a job is the answer."""
    _, answer = await room.submit(
        "?refreshplayers", ok=False, text="The disk is full.", job_id=None
    )
    assert answer == "The disk is full."


@pytest.mark.parametrize("command", ["addplayers 1", "redeem A", "refreshplayers", "announce x"])
async def test_admins_only(room: Room, command: str) -> None:
    """Only admins may start jobs."""
    assert "admin" in await room.ask(f"?{command}", user=BOB)


async def test_counts(room: Room, alliance: ModuleType) -> None:
    """All users may see how many players and gifts are known."""
    assert "Nobody is known in lobby yet" in await room.ask("?alliance", user=BOB)
    player = alliance.Player(id=40393986, name="RedBadger", level=39, kingdom=1835)
    alliance.roster().add("lobby", player, 1, now=time.time() - 180)
    alliance.roster().add_gift("FROSTY", player.id)
    assert await room.ask("?alliance", user=BOB) == (
        "lobby: 1 player, 1 gift redeemed; the oldest data is 3 min old."
    )
