from __future__ import annotations

import pytest
from websockets.exceptions import ConnectionClosed

from meshvisor.features.watch_party.protoo.client import LeftError
from meshvisor.playground.faults.noise import DEADLY, GARBAGE, HARMLESS, SETS
from meshvisor.playground.server import Playground
from tests.playground.joining import joined, next_chat, next_of


async def test_harmless_garbage(playground: Playground) -> None:
    """A client that drops what it cannot use is still in the room afterwards."""
    async with joined(playground) as client:
        playground.send_garbage("lobby")
        playground.say("lobby", "still here?")

        assert (await next_chat(client)).text == "still here?"


@pytest.mark.parametrize("kind", DEADLY)
async def test_deadly_garbage(playground: Playground, kind: str) -> None:
    """After these frames a WebSocket client has to give up the connection."""
    async with joined(playground) as client:
        playground.send_garbage("lobby", [kind])
        with pytest.raises((LeftError, ConnectionClosed)):
            await next_of(client, "nothing more")


def test_every_kind_is_in_a_set() -> None:
    """Each kind of garbage is either harmless or deadly."""
    assert sorted([*HARMLESS, *DEADLY]) == sorted(GARBAGE) == sorted(SETS["all"])


async def test_silent_room(playground: Playground) -> None:
    """A silent room keeps its connections but answers nothing, until it speaks again."""
    async with joined(playground) as client:
        playground.go_silent("lobby")
        playground.say("lobby", "unheard")
        with pytest.raises(TimeoutError):
            await client.peer.request("clientPing", timeout=0.05)
        playground.go_silent("lobby", silent=False)
        await client.peer.request("clientPing")
        playground.say("lobby", "heard")

        assert (await next_chat(client)).text == "heard"


async def test_silent_room_answers_neither_pings_nor_close(
    playground: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client in a silent room gets no pong and no close frame: it has to give up by itself."""
    monkeypatch.setattr("meshvisor.features.watch_party.protoo.client.CLOSE_TIMEOUT", 0.05)
    async with joined(playground) as client:
        playground.go_silent("lobby")
        pong = await client._socket.ping()
    with pytest.raises(ConnectionClosed):
        await pong

    assert client._socket.close_code == 1006
    await playground.wait_until_empty("lobby")


async def test_storm(playground: Playground) -> None:
    """A storm delivers all its messages in order."""
    async with joined(playground) as client:
        await playground.storm("lobby", 1000, "gust")
        texts = [(await next_chat(client)).text for _ in range(1000)]

    assert texts == [f"gust {number}" for number in range(1, 1001)]
