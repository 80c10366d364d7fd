"""The greeter in a real worker, in a room of the playground."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from meshvisor.features.watch_party.protoo.messages import Notification
from meshvisor.features.watch_party.protoo.rooms import STATE, RoomState, RoomUser
from meshvisor.playground.frames import message_frame
from meshvisor.playground.server import Playground
from meshvisor.shared.protocol.from_worker import Connected, Ready
from meshvisor.worker import plugins
from meshvisor.worker.mesh.commands.registry import COMMANDS
from meshvisor.worker.mesh.events import HANDLERS
from tests.worker.supervisor_side import RunningWorker

ANN, BOB = RoomUser("11", "ann"), RoomUser("12", "bob")


@pytest.fixture(autouse=True)
def _loaded() -> Iterator[None]:
    """Load the plug-in as the zygote does, and forget it afterwards."""
    commands, handlers = COMMANDS.snapshot(), HANDLERS.snapshot()
    path = Path(__file__).with_name("greeter.py")
    report = plugins.load_one(plugins.Source("greeter", "file", str(path)))
    assert report.ok, report.traceback
    yield
    COMMANDS.restore(commands)
    HANDLERS.restore(handlers)


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    """Return a lobby with a bot in it that has the plug-in."""
    async with Playground(["lobby"]) as server:
        worker = await RunningWorker.start(server.server)
        assert "greet" in (await worker.side.expect(Ready)).commands
        await worker.side.expect(Connected)
        await server.wait_for_peer("lobby")
        yield server
        await worker.stop()


def present(playground: Playground, *users: RoomUser) -> None:
    """Let the room say who is in it."""
    state = Notification(STATE, RoomState(users).to_data())
    playground.peer("lobby", "1_bot").deliver(state, message_frame(state))


async def test_greet(playground: Playground) -> None:
    """The command greets who asks, who is named, and who is mentioned."""
    assert (await playground.ask("lobby", "?greet", user=ANN)).text == "Hello 11!"
    assert (await playground.ask("lobby", '?greet "Ann and all"')).text == "Hello Ann and all!"
    assert (await playground.ask("lobby", "?greet @user1")).text == "Hello user1!"


async def test_welcome(playground: Playground) -> None:
    """Who comes in is welcomed; who was only gone for a moment is not welcomed again."""
    present(playground)
    present(playground, ANN)
    await playground.wait_for_chat("lobby", "Welcome, ann!")
    present(playground)
    present(playground, ANN, BOB)
    await playground.wait_for_chat("lobby", "Welcome, bob!")
    welcomes = [message.text for message in playground.chats("lobby")]
    assert welcomes == ["Welcome, ann!", "Welcome, bob!"]
