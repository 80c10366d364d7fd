"""The commands in a real worker, in a room of the playground."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from examples.investments.business import MESH
from examples.investments.investments import payouts
from examples.investments.investments.actions import today
from examples.investments.investments.book import Book
from meshvisor.features.watch_party.protoo.rooms import RoomUser
from meshvisor.playground.server import Playground
from meshvisor.shared.protocol.from_worker import Connected, Ready
from meshvisor.shared.protocol.to_worker import RefreshAdmins
from tests.worker.supervisor_side import RunningWorker

ANN, BOB = RoomUser("11", "ann"), RoomUser("12", "bob")


class Room:
    """A lobby with a bot in it that has the plug-in; Ann is an admin."""

    def __init__(self, playground: Playground) -> None:
        self._playground = playground

    async def ask(self, text: str, user: RoomUser = BOB) -> str:
        """Return the answer to what a user says."""
        return (await self._playground.ask("lobby", text, user=user)).text


@pytest.fixture
async def room(plugin: None) -> AsyncIterator[Room]:  # noqa: ARG001 - it is loaded
    """Return the room."""
    async with Playground(["lobby"]) as server:
        worker = await RunningWorker.start(server.server)
        await worker.side.expect(Ready)
        worker.side.send(RefreshAdmins(admins=frozenset({ANN.id})))
        await worker.side.expect(Connected)
        await server.wait_for_peer("lobby")
        await worker.side.status()  # it has read what was said before
        yield Room(server)
        await worker.stop()


async def test_from_join_to_balance(room: Room) -> None:
    """Two members join, one pays in and invests, and both read what has come of it."""
    assert await room.ask("?join", ANN) == "Welcome! ?plans shows what there is."
    assert (await room.ask("?join 11")).startswith("Welcome!")
    assert await room.ask("?deposit 12 ₹2,000.50", ANN) == "12 has ₹2,000.50 now."
    first, last = today() + timedelta(days=1), today() + timedelta(days=200)
    assert await room.ask("?invest starter 1500") == (
        f"Investment 1: ₹1,500.00 in starter. It pays ₹9.00 a day from {first} to {last}, "
        "₹1,800.00 in all."
    )
    with Book() as book:
        payouts.pay(book, 1, first)
    assert await room.ask("?balance") == (
        f"You have ₹509.50.\nstarter 1: ₹9.00 of ₹1,800.00 paid, until {last}"
    )
    assert await room.ask("?balance", ANN) == "You have ₹0.90."


async def test_plans(room: Room) -> None:
    """The plans are listed with what they take and pay."""
    lines = (await room.ask("?plans")).splitlines()
    assert lines[0] == "starter: 0.6 % a day for 200 days, ₹500.00 to ₹50,000.00"
    assert len(lines) == 3


async def test_mentioned(room: Room) -> None:
    """A member is named by a mention as well as by an id."""
    with Book() as book:
        book.join(MESH, "1", "the bot itself", None)
    assert await room.ask("?deposit @user1 5", ANN) == "user1 has ₹5.00 now."


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("?balance", "That is for members only; the command join makes one."),
        ("?invest starter 1500", "That is for members only; the command join makes one."),
        ("?invest", "Which plan, and how much? Like ?invest starter 1500"),
        ("?invest starter lots", "'lots' is no amount; write rupees such as 1500 or 99.50."),
        ("?invest gold 1500", "There is no plan 'gold'; there are starter, growth, premium."),
        ("?join 77", "Who has recommended this to you is no member; they join first."),
        ("?join a b", "Who has recommended it? Like ?join @ann, or nobody: ?join"),
    ],
)
async def test_what_cannot_be(room: Room, text: str, answer: str) -> None:
    """The answer says what is missing, with an example that works."""
    assert await room.ask(text) == answer


async def test_deposits_are_for_admins(room: Room) -> None:
    """Only admins credit anything, and to members only."""
    await room.ask("?join")
    assert "admin" in await room.ask("?deposit 12 2000")
    assert await room.ask("?deposit 12", ANN) == "To whom, and how much? Like ?deposit @ann 5000"
    assert (await room.ask("?deposit 99 5", ANN)).startswith("That is for members only")
    assert await room.ask("?balance") == "You have ₹0.00."
