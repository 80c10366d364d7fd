from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from meshvisor.features.watch_party.cli.chat.session import Session, user_id_of
from meshvisor.features.watch_party.cli.chat.transcript import Transcript
from meshvisor.features.watch_party.protoo.messages import Notification
from meshvisor.features.watch_party.protoo.rooms import CHAT
from meshvisor.playground.options import Options
from meshvisor.playground.server import Playground
from meshvisor.shared.errors import MeshvisorError, MissingError, UsageError


class Visit:
    """A user in the lobby, and what they have been shown."""

    def __init__(
        self,
        server: str,
        room: str = "lobby",
        find: Callable[[], str | None] = lambda: None,
    ) -> None:
        self.lines: asyncio.Queue[str] = asyncio.Queue()
        transcript = Transcript(self.lines.put_nowait)
        self.session = Session(server, room, "anna", transcript, find)

    async def line(self, part: str) -> str:
        """Return the next line that contains something, skipping others."""
        async with asyncio.timeout(10):
            while part not in (line := await self.lines.get()):
                pass
            return line


@asynccontextmanager
async def visiting(
    playground: Playground, find: Callable[[], str | None] = lambda: None
) -> AsyncIterator[Visit]:
    """Be in the lobby of a playground."""
    visit = Visit(playground.server, find=find)
    staying = asyncio.create_task(visit.session.hold_connection())
    await visit.line("You are in lobby")
    yield visit
    staying.cancel()
    await asyncio.gather(staying, return_exceptions=True)


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    """Return a playground with two rooms."""
    async with Playground(2) as running:
        yield running


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("meshvisor.features.watch_party.cli.chat.session.FIRST_DELAY", 0.02)
    monkeypatch.setattr("meshvisor.features.watch_party.cli.chat.session.LONGEST_DELAY", 0.04)
    monkeypatch.setattr("meshvisor.features.watch_party.protoo.client.CLOSE_TIMEOUT", 0.1)


async def test_talking(playground: Playground) -> None:
    """What we say is heard with our name and mentions, and what others say is shown."""
    async with visiting(playground) as visit:
        await visit.session.say("hello @anna")
        heard = await playground.wait_for_chat("lobby", "hello")
        playground.say("lobby", "hi", reply=heard.id)

        assert await visit.line("hello") == "you: hello @anna"
        assert await visit.line("hi") == "user 900 to you, “hello @anna”: hi"
    assert heard.sender_id == user_id_of("anna")
    assert [user.handle for user in heard.mentions] == ["anna"]


async def test_a_server_that_moves(playground: Playground) -> None:
    """A lost connection is made again where the server is by then, if that is known."""
    async with Playground(2) as other:
        known: list[str | None] = [None, None, other.server]
        async with visiting(playground, lambda: known.pop(0) if known else None) as visit:
            await playground.go_down()
            await other.wait_for_peer("lobby")
            await visit.line("You are in lobby")
            await visit.session.say("here I am")
            await other.wait_for_chat("lobby", "here I am")


async def test_own_messages_are_not_shown_twice(playground: Playground) -> None:
    """A server that sends our own messages back does not make us see double."""
    async with visiting(playground) as visit:
        await visit.session.say("hello")
        said = await playground.wait_for_chat("lobby", "hello")
        playground.room("lobby").tell(Notification(CHAT, said.to_data()))
        playground.say("lobby", "end")

        await visit.line("you: hello")
        assert "end" in await visit.line("")


async def test_coming_back(playground: Playground) -> None:
    """A lost connection is made again, also over refusals; each try is shown."""
    async with visiting(playground) as visit:
        playground.refuse("lobby", 503, times=2)
        playground.drop("lobby")

        assert await visit.line("lost") == ("* Connection lost (cut off); trying again in 0.02 s.")
        assert "refused with 503" in await visit.line("lost")
        await visit.line("0.04 s")
        await visit.line("You are in lobby")
        await visit.session.say("back again")
        await playground.wait_for_chat("lobby", "back again")


async def test_server_that_falls_silent(
    playground: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that answers nothing any more is noticed and left."""
    monkeypatch.setattr(
        "meshvisor.features.watch_party.cli.chat.session.CLIENT_PING_INTERVAL", 0.01
    )
    monkeypatch.setattr("meshvisor.features.watch_party.cli.chat.session.ANSWER_TIMEOUT", 0.05)
    async with visiting(playground) as visit:
        playground.go_silent("lobby")
        await visit.line("Connection lost (cut off)")
        await visit.line("Connection lost (no answer)")
        playground.go_silent("lobby", silent=False)
        await visit.line("You are in lobby")


async def test_saying_something_while_away(playground: Playground) -> None:
    """Speaking while there is no connection is answered with that it is not heard."""
    visit = Visit(playground.server)
    await visit.session.say("anybody?")

    assert await visit.line("Not sent") == "* Not sent: there is no connection at the moment."


async def test_the_room_ends(playground: Playground) -> None:
    """When the room ends, so does the visit, and that is no error."""
    visit = Visit(playground.server)
    staying = asyncio.create_task(visit.session.hold_connection())
    await playground.wait_for_peer("lobby")
    playground.end_room("lobby")

    await staying
    await visit.line("lobby has ended")


async def test_kicked(playground: Playground) -> None:
    """Being kicked ends the visit with a sentence."""
    visit = Visit(playground.server)
    staying = asyncio.create_task(visit.session.hold_connection())
    playground.kick("lobby", await playground.wait_for_peer("lobby"))

    with pytest.raises(MeshvisorError, match="thrown out of lobby"):
        await staying


async def test_closed_for_good(playground: Playground) -> None:
    """After 4000 the session does not come back by itself."""
    visit = Visit(playground.server)
    staying = asyncio.create_task(visit.session.hold_connection())
    await playground.wait_for_peer("lobby")
    playground.close_room("lobby")

    with pytest.raises(MeshvisorError, match="closed lobby for you"):
        await staying
    assert len(playground.connects("lobby")) == 1


@pytest.mark.parametrize(
    ("room", "ending"),
    [("loby", "; did you mean 'lobby'?"), ("attic", "; there are lobby, cinema.")],
)
async def test_unknown_room(playground: Playground, room: str, ending: str) -> None:
    """A room that does not exist is named, and so are those that do."""
    with pytest.raises(UsageError) as caught:
        await Visit(playground.server, room).session.hold_connection()

    assert str(caught.value) == f"There is no room {room!r} at {playground.server}{ending}"


async def test_no_server_there() -> None:
    """A server that is not there is a clear sentence with the next step."""
    with pytest.raises(MissingError, match=r"connection refused.*meshvisor run --playground"):
        await Visit("ws://127.0.0.1:1").session.hold_connection()


async def test_not_let_in() -> None:
    """A server that wants a token refuses, in its own words."""
    async with Playground(["lobby"], Options(token="secret")) as playground:
        with pytest.raises(MeshvisorError, match="does not let you into lobby: refused with 401"):
            await Visit(playground.server).session.hold_connection()


def test_user_ids_are_stable() -> None:
    """One name is one user, and the id looks like the platform's."""
    assert user_id_of("anna") == user_id_of("anna") != user_id_of("mila")
    assert user_id_of("ñ").isdecimal()


async def test_a_server_that_asks_for_a_login() -> None:
    """Without a token the error says why, and where one can talk instead."""
    async with Playground(2, options=Options(require_login=True)) as playground:
        with pytest.raises(MeshvisorError, match=r"asks for a login.*without --require-login"):
            await Visit(playground.server).session.hold_connection()
