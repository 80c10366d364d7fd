from __future__ import annotations

import asyncio

import pytest

from meshvisor.features.watch_party.protoo.client import connect
from meshvisor.features.watch_party.protoo.messages import Notification
from meshvisor.features.watch_party.protoo.peer import RequestFailedError
from meshvisor.features.watch_party.protoo.rooms import (
    CHAT,
    CLIENT_PING,
    STATE,
    TYPING,
    TYPING_STOP,
    ChatMessage,
    RoomState,
    RoomUser,
)
from meshvisor.playground.server import Playground
from tests.playground.joining import joined, next_chat, next_of


async def test_state_on_joining(playground: Playground) -> None:
    """A joining peer gets who is there, itself included, in a JSON text."""
    async with joined(playground, peer_id="7_x", handle="mila") as client:
        state = RoomState.from_data((await next_of(client, STATE)).data)

    assert state is not None
    assert state.users == (RoomUser("7", "mila"),)
    assert isinstance(state.mesh_state, dict)


async def test_others_hear_of_joins_and_leaves(playground: Playground) -> None:
    """Those in the room get a new state when a peer comes and when one goes."""
    async with joined(playground, peer_id="1_a") as first:
        await next_of(first, STATE)
        await next_of(first, STATE)  # that it came itself
        async with joined(playground, peer_id="2_b"):
            came = RoomState.from_data((await next_of(first, STATE)).data)
        left = RoomState.from_data((await next_of(first, STATE)).data)

    assert came is not None
    assert left is not None
    assert [user.id for user in came.users] == ["1", "2"]
    assert [user.id for user in left.users] == ["1"]


async def test_one_person_with_two_devices(playground: Playground) -> None:
    """A user who is in a room with two peers is listed once."""
    async with joined(playground, peer_id="1_a"), joined(playground, peer_id="1_b"):
        assert [user.id for user in playground.room("lobby").users] == ["1"]


async def test_chat_reaches_everyone_else(playground: Playground) -> None:
    """A chat message reaches the others with all the platform's fields, but not its sender."""
    async with (
        joined(playground, peer_id="1_a") as sender,
        joined(playground, peer_id="2_b") as receiver,
    ):
        await sender.peer.notify(CHAT, {"chat": "hello", "id": "m1", "reply": "m0"})
        data = (await next_of(receiver, CHAT)).data
        playground.say("lobby", "done")
        assert (await next_chat(sender)).text == "done"

    assert data == {
        "id": "m1",
        "from": "1_a",
        "chat": "hello",
        "reply": "m0",
        "user_metas": [],
        "media": None,
        "detected_lang": None,
        "translations": {},
    }


async def test_chat_as_a_request(playground: Playground) -> None:
    """The answer to a chat request has the id of the message."""
    async with joined(playground) as client:
        answer = await client.peer.request(CHAT, {"chat": "hello"})

    assert answer["id"] == playground.chats("lobby")[0].id


async def test_the_server_says_who_sent(playground: Playground) -> None:
    """No peer can speak in another's name."""
    async with joined(playground, peer_id="1_a") as client:
        await client.peer.request(CHAT, {"chat": "hello", "from": "2_b"})

    assert playground.chats("lobby")[0].sender == "1_a"


async def test_mentions_are_found(playground: Playground) -> None:
    """A handle after an at sign becomes a mention when its owner is in the room."""
    async with joined(playground, peer_id="5_a", handle="Mila") as client:
        said = playground.say("lobby", "hi @mila and @nobody")
        heard = await next_chat(client)

    assert heard == said
    assert heard.mentions == (RoomUser("5", "Mila"),)


async def test_typing_reaches_the_others(playground: Playground) -> None:
    """That a peer types, or has stopped, is passed on with who it is."""
    async with (
        joined(playground, peer_id="1_a") as first,
        joined(playground, peer_id="2_b") as second,
    ):
        await first.peer.notify(TYPING)
        await first.peer.notify(TYPING_STOP)

        assert (await next_of(second, TYPING)).data == {"from": "1_a"}
        assert (await next_of(second, TYPING_STOP)).data == {"from": "1_a"}


async def test_client_ping(playground: Playground) -> None:
    """The platform's ping is answered, before joining and after."""
    async with connect(playground.server, "lobby", "1_a") as client:
        assert await client.peer.request(CLIENT_PING) == {}


@pytest.mark.parametrize(
    ("method", "data", "code"),
    [("moonwalk", {}, 404), (CHAT, {}, 400), (CHAT, {"chat": 7}, 400)],
)
async def test_wrong_requests(
    playground: Playground, method: str, data: dict[str, object], code: int
) -> None:
    """A request that cannot be is answered with an error, and the connection stays."""
    async with joined(playground) as client:
        with pytest.raises(RequestFailedError) as caught:
            await client.peer.request(method, data)
        await client.peer.request(CLIENT_PING)

    assert caught.value.code == code


async def test_nothing_before_joining(playground: Playground) -> None:
    """A peer that has not joined can neither speak nor hear, and is not in the room."""
    async with (
        joined(playground, peer_id="1_a") as inside,
        connect(playground.server, "lobby", "2_b") as outside,
    ):
        await outside.peer.notify(CHAT, {"chat": "let me in"})
        with pytest.raises(RequestFailedError, match="not joined"):
            await outside.peer.request(CHAT, {"chat": "let me in"})
        playground.say("lobby", "still closed")

        assert (await next_chat(inside)).text == "still closed"
        assert playground.peers("lobby") == ["1_a"]
        await outside.peer.request(CLIENT_PING)  # its answer comes after anything sent before
        assert outside._inbox.empty()


async def test_requests_of_the_server(playground: Playground) -> None:
    """The server can ask a peer something, too."""
    async with joined(playground) as client:
        asking = asyncio.create_task(playground.request("lobby", "1_a", "how", {"are": "you"}))
        request = await next_of(client, "how")
        assert not isinstance(request, Notification)
        await client.peer.accept(request, {"fine": True})

        assert await asking == {"fine": True}


@pytest.mark.parametrize(
    ("peer_id", "handle", "expected"),
    [
        ("12_x", "", RoomUser("12", "user12")),
        ("bot_x", "", RoomUser("bot", "bot")),
        ("12_x", " mila ", RoomUser("12", "mila")),
        ("12_x", "m" * 99, RoomUser("12", "m" * 40)),
    ],
)
async def test_who_a_peer_is(
    playground: Playground, peer_id: str, handle: str, expected: RoomUser
) -> None:
    """The user id comes from the peer id, and the name from the peer or from the id."""
    async with joined(playground, peer_id=peer_id, handle=handle):
        assert playground.room("lobby").users == (expected,)


async def test_long_message(playground: Playground) -> None:
    """A message of a few hundred kilobytes, beyond ASCII, arrives whole."""
    text = "häß😀" * 40_000
    async with (
        joined(playground, peer_id="1_a") as sender,
        joined(playground, peer_id="2_b") as receiver,
    ):
        await sender.peer.notify(CHAT, ChatMessage(text).to_data())

        assert (await next_chat(receiver)).text == text
