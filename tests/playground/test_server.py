from __future__ import annotations

import asyncio
import re

import pytest

from meshvisor.features.watch_party.protoo.client import (
    LeftError,
    RefusedError,
    UnreachableError,
    connect,
)
from meshvisor.features.watch_party.protoo.rooms import CHAT, ChatMessage
from meshvisor.playground.options import Options
from meshvisor.playground.server import Playground
from tests.playground.joining import joined, next_chat, next_of


async def answering_bot(playground: Playground) -> None:
    """Answer every question in the lobby with a reply."""
    async with joined(playground, peer_id="1_bot") as client:
        while True:
            question = await next_chat(client)
            answer = ChatMessage("Pong", reply=question.id)
            await client.peer.notify(CHAT, answer.to_data())


async def test_ask(playground: Playground) -> None:
    """A question gets the message that is a reply to it."""
    bot = asyncio.create_task(answering_bot(playground))
    await playground.wait_for_peer("lobby")
    playground.say("lobby", "Pong")  # not a reply
    answer = await playground.ask("lobby", "?ping")
    bot.cancel()

    assert answer.sender == "1_bot"
    assert answer.text == "Pong"


async def test_wait_for_chat(playground: Playground) -> None:
    """Messages are found by a pattern, from the beginning or after a given one."""
    first = playground.say("lobby", "Pong 1")
    assert await playground.wait_for_chat("lobby", "pong") == first

    waiting = asyncio.create_task(playground.wait_for_chat("lobby", r"pong \d", after=first))
    await asyncio.sleep(0)
    second = playground.say("lobby", "PONG 2")
    assert await waiting == second


async def test_waiting_in_vain(playground: Playground) -> None:
    """The error of a test that waits for what does not come says what it was."""
    with pytest.raises(TimeoutError, match=re.escape("'pong' in lobby")):
        await playground.wait_for_chat("lobby", "pong", timeout=0.01)
    with pytest.raises(TimeoutError, match="1_a in lobby"):
        await playground.wait_for_peer("lobby", "1_a", timeout=0.01)
    with pytest.raises(TimeoutError, match="2 connects to lobby"):
        await playground.wait_for_connects("lobby", 2, timeout=0.01)
    with pytest.raises(TimeoutError, match=re.escape("a reply to '?ping'")):
        await playground.ask("lobby", "?ping", timeout=0.01)


async def test_wait_for_connects(playground: Playground) -> None:
    """Refused connects count as connects."""
    playground.refuse("lobby", 429, times=1)
    waiting = asyncio.create_task(playground.wait_for_connects("lobby", 2))
    with pytest.raises(RefusedError, match="429"):
        await connect(playground.server, "lobby", "1_a").__aenter__()
    async with joined(playground):
        assert [attempt.status for attempt in await waiting] == [429, 101]


async def test_going_down_and_coming_up(playground: Playground) -> None:
    """A server that is down cuts all connections and answers none; it comes back at its address."""
    address = playground.server
    async with joined(playground) as client:
        await playground.go_down()
        await playground.go_down()
        with pytest.raises(LeftError, match="cut off"):
            await next_of(client, "nothing more")
    with pytest.raises(UnreachableError, match="connection refused"):
        await connect(address, "lobby", "1_a").__aenter__()

    await playground.come_up()
    await playground.come_up()
    assert playground.server == address
    async with joined(playground):
        assert playground.peers("lobby") == ["1_a"]


async def test_taken_port(playground: Playground) -> None:
    """A second server on the same port is refused, and leaves nothing behind."""
    with pytest.raises(OSError, match=r"(?i)address already in use"):
        await Playground(1, Options(port=playground.port)).__aenter__()


async def test_stopping_with_connected_and_waiting_peers() -> None:
    """A playground ends at once, whatever is connected or held up."""
    async with Playground(["lobby", "cinema"], Options(residents=2)) as playground:
        client = connect(playground.server, "lobby", "1_a")
        await client.__aenter__()
        playground.stall("cinema")
        waiting = asyncio.create_task(connect(playground.server, "cinema", "1_a").__aenter__())
        playground.go_silent("lobby")
        await playground.wait_for_connects("lobby", 1)

    with pytest.raises(ConnectionError):
        await waiting
    await client.__aexit__(None, None, None)


@pytest.mark.parametrize(
    ("host", "server"), [("0.0.0.0", "ws://127.0.0.1:"), ("127.0.0.1", "ws://127.0.0.1:")]
)
async def test_address(host: str, server: str) -> None:
    """The address that is printed can be connected to, also when it listens everywhere."""
    async with Playground(["lobby"], Options(host=host)) as playground:
        assert playground.server.startswith(server)
        assert playground.url == playground.server.replace("ws", "http")
        async with joined(playground):
            pass
