from __future__ import annotations

import asyncio
from typing import Any

import pytest

from meshvisor.features.watch_party.protoo.client import (
    LeftError,
    RefusedError,
    UnreachableError,
    connect,
)
from meshvisor.features.watch_party.protoo.control import CONTROL_ROOM, request_fault, request_state
from meshvisor.features.watch_party.protoo.peer import RequestFailedError
from meshvisor.playground.faults.catalogue import FAULTS
from meshvisor.playground.server import Playground
from tests.playground.joining import joined, next_chat, next_of


async def test_state(playground: Playground) -> None:
    """The state lists the rooms, who is there, and the faults that can be asked for."""
    playground.end_room("cinema")
    async with joined(playground, peer_id="5_a", handle="mila"):
        playground.say("lobby", "hello")
        state = await request_state(playground.server)

    assert state["server"] == playground.server
    assert state["url"] == playground.url
    assert state["rooms"][0] == {
        "id": "lobby",
        "kinds": ["invited", "public"],
        "gone": False,
        "silent": False,
        "users": [{"id": 5, "handle": "mila"}],
        "peers": ["5_a"],
        "connects": 1,
        "messages": 1,
    }
    assert state["rooms"][1]["gone"] is True
    assert set(state["faults"]) == set(FAULTS)
    assert all(summary.endswith(".") for summary in state["faults"].values())


@pytest.mark.parametrize(
    ("name", "options", "for_good"),
    [
        ("kick", {}, True),
        ("kick", {"peer": "1_a", "ban": True}, True),
        ("close", {}, True),
        ("end", {}, True),
        ("drop", {}, False),
        ("drop", {"peer": "1_a"}, False),
        ("garbage", {"kind": "bad-text"}, False),
        ("garbage", {"kind": "all"}, False),
    ],
)
async def test_faults_that_end_a_connection(
    playground: Playground, name: str, options: dict[str, Any], for_good: bool
) -> None:
    """These faults end the connections of one room and no other."""
    async with joined(playground) as client, joined(playground, "cinema") as other:
        assert (await request_fault(playground.server, name, "lobby", options))["peers"] == 1
        with pytest.raises(LeftError) as caught:
            await next_of(client, "nothing more")
        await other.peer.request("clientPing")

    assert caught.value.for_good is for_good


async def test_drop_everything_but_the_operator(playground: Playground) -> None:
    """Without a room all rooms are cut, while the operator still gets an answer."""
    async with joined(playground), joined(playground, "cinema"):
        assert await request_fault(playground.server, "drop") == {"peers": 2}


async def test_refuse_and_mend(playground: Playground) -> None:
    """Refusals hold until they are mended; the control room is never refused."""
    await request_fault(playground.server, "refuse", None, {"status": 500})
    with pytest.raises(RefusedError, match="500"):
        await connect(playground.server, "lobby", "1_a").__aenter__()

    await request_fault(playground.server, "mend")
    async with joined(playground):
        pass


async def test_refuse_the_api(playground: Playground) -> None:
    """The REST addresses are refused apart from the rooms."""
    await request_fault(playground.server, "refuse", None, {"api": True, "times": 3})

    assert playground.world.admission.api is not None
    assert playground.world.admission.api.times == 3
    async with joined(playground):
        pass


async def test_stall_and_mend(playground: Playground) -> None:
    """A stalled connect is neither accepted nor refused until the room is mended."""
    await request_fault(playground.server, "stall", "lobby")
    connecting = asyncio.create_task(connect(playground.server, "lobby", "1_a").__aenter__())
    async with joined(playground, "cinema"):
        assert not connecting.done()
        assert playground.connects("lobby") == []

    await request_fault(playground.server, "mend", "lobby")
    await connecting
    assert playground.connects("lobby")[0].accepted


async def test_silence_and_mend(playground: Playground) -> None:
    """Silence is lifted for one room or for all."""
    assert await request_fault(playground.server, "silence") == {"rooms": 2}
    await request_fault(playground.server, "mend", "lobby")
    rooms = (await request_state(playground.server))["rooms"]

    assert [room["silent"] for room in rooms] == [False, True]


async def test_open(playground: Playground) -> None:
    """A room that has ended, or a new one, is opened; bans are forgotten."""
    async with joined(playground):
        await request_fault(playground.server, "kick", "lobby", {"ban": True})
    await request_fault(playground.server, "end", "lobby")
    await request_fault(playground.server, "open", "lobby")
    answer = await request_fault(playground.server, "open", "attic", {"kinds": "local"})

    assert answer == {"kinds": ["local"]}
    async with joined(playground), joined(playground, "attic"):
        pass


async def test_storm(playground: Playground) -> None:
    """A storm has as many messages as asked for."""
    async with joined(playground) as client:
        options = {"count": 3, "text": "?ping"}
        assert await request_fault(playground.server, "storm", "lobby", options) == {"messages": 3}

        assert [(await next_chat(client)).text for _ in range(3)] == [
            "?ping 1",
            "?ping 2",
            "?ping 3",
        ]


async def test_down(playground: Playground) -> None:
    """A server that goes down says so first, and comes back by itself."""
    async with joined(playground) as client:
        assert await request_fault(playground.server, "down", None, {"seconds": 1}) == {
            "seconds": 1
        }
        with pytest.raises(LeftError, match="cut off"):
            await next_of(client, "nothing more")
    with pytest.raises(UnreachableError):
        await request_state(playground.server)

    await playground.world.watch.until(lambda: playground.listening, what="the server to be back")
    await request_state(playground.server)


@pytest.mark.parametrize(
    ("name", "room", "options", "complaint"),
    [
        ("vanish", "lobby", {}, "no fault 'vanish'; known are kick"),
        ("kick", "attic", {}, "no room 'attic'"),
        ("kick", None, {}, "no room None"),
        ("kick", "lobby", {"peer": "9_z"}, "no peer '9_z' in lobby"),
        ("kick", "lobby", {"ban": "yes"}, "ban must be true or false"),
        ("kick", "lobby", {"force": True}, "no option 'force' here; known are peer, ban"),
        ("close", "lobby", {"x": 1}, "known are none"),
        ("refuse", "lobby", {"status": 200}, "whole number from 400 to 599"),
        ("refuse", "lobby", {"status": True}, "whole number"),
        ("refuse", "lobby", {"times": 0}, "times must be"),
        ("storm", "lobby", {"text": 7}, "text must be a text"),
        ("garbage", "lobby", {"kind": "rotten"}, "no garbage 'rotten'; known are harmless"),
        ("login", None, {}, "login needs one of refuse, expire and click"),
        ("login", None, {"refuse": True, "expire": True}, "login needs one of"),
        ("open", "a/b", {}, "no mesh id"),
        ("open", "lobby", {"kinds": "secret"}, "no kind 'secret'"),
    ],
)
async def test_what_cannot_be(
    playground: Playground, name: str, room: str | None, options: dict[str, Any], complaint: str
) -> None:
    """What cannot be done is answered with one sentence that says why."""
    with pytest.raises(RequestFailedError, match=complaint):
        await request_fault(playground.server, name, room, options)


async def test_other_requests(playground: Playground) -> None:
    """The control room knows two requests, and ignores notifications and odd options."""
    async with connect(playground.server, CONTROL_ROOM, "operator_1") as client:
        await client.peer.notify("chatMessage", {"chat": "hello"})
        with pytest.raises(RequestFailedError, match="there are only"):
            await client.peer.request("fullyJoined")
        odd = {"name": "close", "room": "lobby", "options": [1]}
        assert await client.peer.request("playground/fault", odd) == {"peers": 0}
