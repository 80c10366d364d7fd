"""The commands that administer the fleet, up to what the supervisor is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from meshvisor import command
from meshvisor.features.access.admin_commands import ADMIN_COMMANDS
from meshvisor.features.access.worker.chat import TABLE
from meshvisor.features.watch_party.protoo.messages import Notification
from meshvisor.features.watch_party.protoo.rooms import STATE, ChatMessage, RoomState, RoomUser
from meshvisor.playground.frames import message_frame
from meshvisor.playground.server import Playground
from meshvisor.shared.protocol.from_worker import AdminRequest, Person
from meshvisor.shared.protocol.to_worker import AdminResult, RefreshAdmins
from tests.worker.conftest import Connect
from tests.worker.supervisor_side import RunningWorker

ANN, BOB = RoomUser("11", "ann"), RoomUser("12", "bob")
JOHN_DOE = RoomUser("15", "John Doe")


@dataclass
class Scene:
    """A room with a bot in it, of which ann is an admin."""

    playground: Playground
    worker: RunningWorker

    def present(self, *users: RoomUser) -> None:
        """Let the room say who is in it."""
        state = Notification(STATE, RoomState(users).to_data())
        self.playground.peer("lobby", "1_bot").deliver(state, message_frame(state))

    def say(self, text: str, *mentions: RoomUser) -> ChatMessage:
        """Let ann say something that mentions a user."""
        message = ChatMessage(text, mentions=mentions)
        return self.playground.room("lobby").post("11_phone", message)

    async def asked(self, text: str, *mentions: RoomUser) -> AdminRequest:
        """Return what the supervisor is asked when ann says this; its answer is passed on."""
        question = self.say(text, *mentions)
        request = await self.worker.side.expect(AdminRequest)
        self.worker.side.send(AdminResult(reply_to=request.id, ok=True, text="So be it."))
        reply = await self.playground.wait_for_reply("lobby", question)
        assert reply.text == "So be it."
        return request

    async def refused(self, text: str) -> str:
        """Return the reply to what ann says, about which the supervisor is not asked."""
        reply = await self.playground.wait_for_reply("lobby", self.say(text))
        assert self.worker.side.seen(AdminRequest) == []
        return reply.text


@pytest.fixture
async def scene(connect: Connect, playground: Playground) -> Scene:
    """Return a room with ann, bob and John Doe in it."""
    worker = await connect()
    worker.side.send(RefreshAdmins(admins=frozenset({ANN.id})))
    await worker.side.status()
    stage = Scene(playground, worker)
    await playground.wait_until_notified("lobby")
    stage.present(ANN, BOB, JOHN_DOE)
    return stage


def test_there_is_one_for_each_name() -> None:
    """Exactly the commands that no permission can open are in the table."""
    assert {this.name for this in TABLE} == ADMIN_COMMANDS


ENVELOPE = {"v", "id", "ts", "reply_to", "lane"}


@pytest.mark.parametrize("name", ["refresh", "listperms", "relogin"])
async def test_without_arguments(scene: Scene, name: str) -> None:
    """The supervisor hears who asks, where, and how commands are written there."""
    request = await scene.asked(f"?{name.upper()}")
    said = msgspec.structs.asdict(request)
    assert {name: value for name, value in said.items() if name not in ENVELOPE} == {
        "mesh_id": "lobby",
        "command": name,
        "arguments": (),
        "user_id": "11",
        "user_name": "ann",
        "mentions": (),
        "prefix": "?",
        "own_user_id": "1",
        "known": False,
        "authenticated": True,
    }


@pytest.mark.parametrize(
    ("said", "mentions", "arguments", "people"),
    [
        ("?admin 12345", (), ("12345",), ()),
        ("?admin 12345 remove", (), ("12345", "remove"), ()),
        ("?admin @bob", (BOB,), (), (("12", "bob"),)),
        ("?admin @John Doe remove", (JOHN_DOE,), ("remove",), (("15", "John Doe"),)),
        ("?admin @john doe remove", (), ("remove",), (("15", "John Doe"),)),
        ("?admin @BOB", (), (), (("12", "bob"),)),
        ("?admin @gone", (RoomUser("77", "gone"),), (), (("77", "gone"),)),
        ("?admin @bob", (RoomUser("12", ""),), (), (("12", "bob"),)),
        ("?admin @bob @John Doe", (BOB, JOHN_DOE), (), (("12", "bob"), ("15", "John Doe"))),
    ],
)
async def test_people(scene: Scene, said: str, mentions: Any, arguments: Any, people: Any) -> None:
    """People come with their ids, whether they are mentioned or named; the rest is as written."""
    request = await scene.asked(said, *mentions)
    assert request.command == "admin"
    assert request.arguments == arguments
    assert request.mentions == tuple(Person(user_id=id_, name=name) for id_, name in people)


async def test_the_bot_itself(scene: Scene) -> None:
    """Who names the bot names an id like any other; the supervisor knows that it is the bot's."""
    request = await scene.asked("?admin @meshvisor", RoomUser("1", "meshvisor"))
    assert [person.user_id for person in request.mentions] == [request.own_user_id] == ["1"]


@pytest.mark.parametrize(
    ("said", "arguments", "known"),
    [
        ("?setperm ping admin", ("ping", "admin"), True),
        ("?setperm PING Admin", ("ping", "Admin"), True),
        ("?setperm ?ping user", ("ping", "user"), True),
        ("?setperm greet user", ("Greet", "user"), True),
        ("?setperm nothing user", ("nothing", "user"), False),
        ("?setperm ? user", ("?", "user"), False),
        ("?setperm ping", ("ping",), True),
        ("?removeperm Ping", ("ping",), True),
        ("?removeperm search", ("search",), False),
    ],
)
async def test_names_of_commands(scene: Scene, said: str, arguments: Any, known: bool) -> None:
    """A command is named as it is registered, and the supervisor hears whether it exists here."""
    command("Greet")(lambda _ctx: "hello")
    request = await scene.asked(said)
    assert (request.arguments, request.known) == (arguments, known)


@pytest.mark.parametrize(
    ("said", "usage"),
    [
        ("?admin", "Use: ?admin @user [remove] or ?admin USER_ID [remove]"),
        ("?setperm", "Use: ?setperm COMMAND admin|user"),
        ("?removeperm", "Use: ?removeperm COMMAND"),
    ],
)
async def test_usage(scene: Scene, said: str, usage: str) -> None:
    """A command that needs arguments and gets none says how it is used; so does its help."""
    assert await scene.refused(said) == usage
    assert (await scene.refused(f"?help {said}")).endswith(f". {usage}")


async def test_people_whom_the_room_does_not_know(scene: Scene) -> None:
    """A name that no user has, or several have, gets a sentence that says what to do."""
    assert await scene.refused("?admin @nobody remove") == (
        "No user in this room is called @nobody. Mention a user who is here, or write the user "
        "id instead."
    )
    scene.present(BOB, RoomUser("13", "Bob"))
    assert await scene.refused("?admin @bob") == (
        "Several people in this room are called @bob. Write the user id of the one you mean "
        "instead: 12, 13."
    )


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("?admin bob", "Did you mean @bob (12)?"),
        ("?admin BOB remove", "Did you mean @bob (12)?"),
        ("?admin bob_phone", "Did you mean @bob (12)?"),
        ("?admin tom", "Did you mean @Tom (21) or @tom (22)?"),
    ],
)
async def test_a_forgotten_mark(scene: Scene, said: str, answer: str) -> None:
    """The name of a user who is here is not taken for a user id: nothing is asked for."""
    scene.present(ANN, BOB, RoomUser("22", "tom"), RoomUser("21", "Tom"))
    assert await scene.refused(said) == answer


@pytest.mark.parametrize("word", ["12", "12_phone", "nobody", "remove"])
async def test_an_id_that_is_a_name_as_well(scene: Scene, word: str) -> None:
    """A user who calls themself like the id of another one is not in that one's way."""
    scene.present(BOB, RoomUser("99", "12"), RoomUser("98", "remove"))
    assert (await scene.asked(f"?admin {word} remove")).arguments == (word, "remove")


async def test_too_much(scene: Scene) -> None:
    """A novel is not sent to the supervisor."""
    said = await scene.refused("?admin " + "@bob " * 1000)
    assert said == "That is too long: ?admin takes a few words."


async def test_half_a_character(scene: Scene) -> None:
    """Text that JSON cannot carry does not hurt."""
    assert (await scene.asked("?setperm \ud83d user")).arguments == ("?", "user")


async def test_a_supervisor_that_does_not_answer(connect: Connect, playground: Playground) -> None:
    """The user hears so before the command's time is over."""
    worker = await connect(command_timeout=1)
    worker.side.send(RefreshAdmins(admins=frozenset({ANN.id})))
    await worker.side.status()
    reply = await playground.ask("lobby", "?refresh", user=ANN)
    assert reply.text == "The supervisor has not answered within 0.9 s; it may still do it."
