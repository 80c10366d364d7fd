"""Events of a mesh: handlers of plug-ins and the supervisor's interests."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from meshvisor import (
    ConnectedEvent,
    DisconnectedEvent,
    JoinEvent,
    LeaveEvent,
    MessageEvent,
    TypingEvent,
    User,
    event,
)
from meshvisor.features.watch_party.protoo.messages import Notification
from meshvisor.features.watch_party.protoo.rooms import STATE, RoomState, RoomUser
from meshvisor.playground.frames import message_frame
from meshvisor.playground.server import Playground
from meshvisor.shared.protocol.from_worker import Connected, Disconnected, MeshEvent
from meshvisor.shared.protocol.messages import Error
from meshvisor.shared.protocol.to_worker import SetInterests
from meshvisor.worker.mesh.bot import MAX_HANDLERS
from meshvisor.worker.mesh.events import EVENTS, MAX_EVENT_TEXT
from tests.worker.conftest import StartWorker

ANN, BOB = RoomUser("11", "ann"), RoomUser("12", "bob")
ANN_THERE = User("11", "ann", authenticated=True)
BOB_THERE = User("12", "bob", authenticated=True)


def show(playground: Playground, *users: RoomUser) -> None:
    """Let the room say who is in it."""
    notification = Notification(STATE, RoomState(users).to_data())
    playground.peer("lobby", "1_bot").deliver(notification, message_frame(notification))


@pytest.fixture
def heard() -> asyncio.Queue[Any]:
    """Return a queue of everything that handlers get."""
    queue: asyncio.Queue[Any] = asyncio.Queue()
    for name in EVENTS:

        @event(name)  # type: ignore[arg-type]
        async def take(happened: Any) -> None:
            queue.put_nowait(happened)

    return queue


async def next_of(heard: asyncio.Queue[Any], kind: type[Any]) -> Any:
    """Return the next event of a kind."""
    async with asyncio.timeout(10):
        while not isinstance(happened := await heard.get(), kind):
            pass
        return happened


async def test_joins_and_leaves(
    playground: Playground, start_worker: StartWorker, heard: asyncio.Queue[Any]
) -> None:
    """Who comes and goes while the bot is there is reported by name; who was there is not."""
    await start_worker(playground.server)
    await next_of(heard, ConnectedEvent)
    await playground.wait_until_notified("lobby")
    show(playground, ANN)
    joined = await next_of(heard, JoinEvent)
    assert (joined.user, joined.mesh.id) == (ANN_THERE, "lobby")
    assert joined.mesh.users == {"11": ANN_THERE}
    show(playground, BOB)
    assert (await next_of(heard, LeaveEvent)).user == ANN_THERE
    assert (await next_of(heard, JoinEvent)).user == BOB_THERE


async def test_messages_and_typing(
    playground: Playground, start_worker: StartWorker, heard: asyncio.Queue[Any]
) -> None:
    """Handlers get what is said and who is writing, with the names that the room has given."""
    await start_worker(playground.server)
    await next_of(heard, ConnectedEvent)
    await playground.wait_until_notified("lobby")
    show(playground, ANN)
    said = playground.say("lobby", "good evening", user=ANN)
    message = await next_of(heard, MessageEvent)
    assert (message.text, message.user, message.id) == ("good evening", ANN_THERE, said.id)
    await message.reply("good evening to you")
    assert (await playground.wait_for_reply("lobby", said)).text == "good evening to you"
    playground.room("lobby").tell(Notification("typing", {"from": "11_phone"}))
    assert await next_of(heard, TypingEvent) == TypingEvent(message.mesh, message.user, True)
    playground.room("lobby").tell(Notification("typing_stop", {"from": "11_phone"}))
    assert not (await next_of(heard, TypingEvent)).typing


async def test_connection_events(
    playground: Playground, start_worker: StartWorker, heard: asyncio.Queue[Any]
) -> None:
    """Handlers hear when the bot loses the room and when it is back."""
    await start_worker(playground.server)
    await next_of(heard, ConnectedEvent)
    await playground.wait_until_notified("lobby")
    playground.drop("lobby")
    assert (await next_of(heard, DisconnectedEvent)).reason == "the connection broke"
    again = await next_of(heard, ConnectedEvent)
    await again.mesh.send("I am back")
    await playground.wait_for_chat("lobby", "I am back")


async def test_the_supervisor_gets_what_it_wants_and_nothing_else(
    playground: Playground, start_worker: StartWorker
) -> None:
    """Only kinds in the current interests are sent."""
    worker = await start_worker(playground.server)
    await worker.side.expect(Connected)
    await playground.ask("lobby", "?ping")
    assert worker.side.seen(MeshEvent) == []
    worker.side.send(SetInterests(kinds=frozenset({"message", "join"})))
    await worker.side.status()
    said = playground.say("lobby", "fire in zone 3", user=ANN)
    happened = await worker.side.expect(MeshEvent)
    assert (happened.kind, happened.mesh_id) == ("message", "lobby")
    assert happened.data == {
        "user_id": "11",
        "user_name": "11",
        "message_id": said.id,
        "text": "fire in zone 3",
        "mentions": [],
        "reply_to": None,
        "place": "",
        "is_direct": False,
        "at": None,
    }
    worker.side.send(SetInterests(kinds=frozenset()))
    await worker.side.status()
    await playground.ask("lobby", "?ping")
    assert worker.side.seen(MeshEvent) == []


async def test_the_supervisor_hears_of_commands(
    playground: Playground, start_worker: StartWorker
) -> None:
    """While it wants to: which one, what was behind it, and by whom; not of what is none."""
    worker = await start_worker(playground.server)
    await worker.side.expect(Connected)
    worker.side.send(SetInterests(kinds=frozenset({"command"})))
    await worker.side.status()
    await playground.ask("lobby", "?nonsense", user=ANN)
    await playground.ask("lobby", "?PING now", user=ANN)
    happened = await worker.side.expect(MeshEvent)
    assert (happened.kind, happened.data["command"]) == ("command", "ping")
    assert (happened.data["user_id"], happened.data["arguments"]) == ("11", "now")
    assert worker.side.seen(MeshEvent) == []


async def test_a_huge_message_is_cut_for_the_supervisor(
    playground: Playground, start_worker: StartWorker
) -> None:
    """A message that would not fit into a frame arrives cut, and nothing breaks."""
    worker = await start_worker(playground.server)
    worker.side.send(SetInterests(kinds=frozenset({"message"})))
    await worker.side.expect(Connected)
    await playground.wait_for_peer("lobby")
    playground.say("lobby", "😀" * 150_000)
    happened = await worker.side.expect(MeshEvent)
    assert happened.data["text"] == "😀" * MAX_EVENT_TEXT
    assert (await playground.ask("lobby", "?ping")).text == "pong"


async def test_an_interest_in_connections(
    playground: Playground, start_worker: StartWorker
) -> None:
    """A kind without any data arrives too, and one with data carries it."""
    worker = await start_worker(playground.server)
    worker.side.send(SetInterests(kinds=frozenset({"connected", "disconnected"})))
    await worker.side.expect(Connected)
    playground.drop("lobby")
    await worker.side.expect(Disconnected)
    kinds = []
    while "disconnected" not in kinds:
        happened = await worker.side.expect(MeshEvent)
        kinds.append(happened.kind)
    assert happened.data == {"reason": "the connection broke"}


async def test_a_failing_handler_does_no_harm(
    playground: Playground, start_worker: StartWorker
) -> None:
    """Its error is reported with its name; other handlers and commands go on."""
    calm = asyncio.Event()

    @event("message")
    async def nervous(_message: MessageEvent) -> None:
        raise LookupError("nothing there")

    @event("message")
    def steady(_message: MessageEvent) -> None:
        calm_loop.call_soon_threadsafe(calm.set)

    calm_loop = asyncio.get_running_loop()
    worker = await start_worker(playground.server)
    await worker.side.expect(Connected)
    assert (await playground.ask("lobby", "?ping")).text == "pong"
    await calm.wait()
    error = await worker.side.expect(Error)
    assert error.source == "event:message:nervous"
    assert error.error == "LookupError: nothing there"


async def test_a_storm_with_a_slow_handler_is_bounded(
    playground: Playground, start_worker: StartWorker
) -> None:
    """A handler that cannot keep up misses events instead of growing the worker."""
    release, started = asyncio.Event(), 0

    @event("message")
    async def slow(_message: MessageEvent) -> None:
        nonlocal started
        started += 1
        await release.wait()

    worker = await start_worker(playground.server)
    await worker.side.expect(Connected)
    await playground.wait_for_peer("lobby")
    await playground.storm("lobby", 2000)
    while (await worker.side.status()).counters.messages_received < 2000:
        pass
    assert started == MAX_HANDLERS
    release.set()


def test_an_unknown_event_is_refused() -> None:
    """A plug-in that asks for what never happens learns what there is."""
    with pytest.raises(ValueError, match="no event 'joined'; there are connected, disconnected"):
        event("joined")(lambda _happened: None)  # type: ignore[arg-type]
