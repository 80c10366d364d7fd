"""The commands that administer the fleet, from what a worker passes on to what is answered."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import SecretStr

from meshvisor.features.access.admin_commands import ADMIN_COMMANDS
from meshvisor.features.access.settings import AccountSettings
from meshvisor.features.access.supervisor.accounts import Network
from meshvisor.features.access.supervisor.administration.administration import Administration
from meshvisor.features.access.supervisor.administration.chat import HANDLERS, ChatAdministration
from meshvisor.features.access.supervisor.administration.chat.denied_attempts import MOST, PERIOD
from meshvisor.features.access.supervisor.administration.chat.request import (
    LONGEST_NAME,
    AdministrationServices,
)
from meshvisor.features.access.supervisor.administration.opening import OpenDirectory
from meshvisor.features.access.supervisor.administration.session import Session
from meshvisor.features.access.supervisor.directory.model import Account, Admin
from meshvisor.features.access.supervisor.people import People
from meshvisor.features.watch_party.worker.transport import MAX_CHAT_BYTES
from meshvisor.shared.errors import MissingError
from meshvisor.shared.protocol.from_worker import AdminRequest, Person
from meshvisor.shared.protocol.to_worker import AdminResult
from meshvisor.supervisor.room_words import NEUTRAL, UNPROVEN
from tests.directories import NOON, OPERATOR, TOKEN, DirectoryHome, SmallFleet, account

ANN, BOB = Person(user_id="11", name="ann"), Person(user_id="12", name="bob")
JOHN = Person(user_id="15", name="John")


NO_IDS = (
    *(
        "_phone",
        "a" * 65,
        "a\u200bb",
        "\u202e12",
        "",
        "12\n13",
        "a b",
        "-5",
        ".5",
        "a+b",
        '{"$gt":""}',
    ),
    *("\uff11\uff12", "\u0663", "\U0001f600", "\u0430nn"),  # digits and letters of other scripts
)
IDS = ("12", "0", "null", "meshvisor", "6f9619ff-8b86-d011-b42d-00c04fc964ff", "a.b", "a" * 64)


@dataclass
class Room:
    """A room in which ann, who is an admin, says something, and what is behind it."""

    chat: ChatAdministration
    opened: OpenDirectory
    fleet: SmallFleet
    place: DirectoryHome

    async def ask(
        self, command: str, *arguments: str, mentions: tuple[Person, ...] = (), **fields: Any
    ) -> AdminResult:
        """Return the answer to what a user says."""
        request = AdminRequest(
            mesh_id="lobby",
            command=command,
            arguments=arguments,
            mentions=mentions,
            **{
                "user_id": "11",
                "user_name": "ann",
                "prefix": "?",
                "own_user_id": "1",
                "authenticated": True,
                **fields,
            },
        )
        return await self.chat.answer("lobby", request)

    async def done(self, command: str, *arguments: str, **fields: Any) -> str:
        """Return what is said about something that was done."""
        result = await self.ask(command, *arguments, **fields)
        assert result.ok, result.text
        return result.text

    async def refused(self, command: str, *arguments: str, **fields: Any) -> str:
        """Return what is said about something that was not done; nothing has changed."""
        before = (self.admins, self.decided)
        result = await self.ask(command, *arguments, **fields)
        assert not result.ok, result.text
        assert (self.admins, self.decided) == before
        return result.text

    @property
    def admins(self) -> set[str]:
        """Who is one."""
        return set(self.opened.directory.access.admins)

    @property
    def decided(self) -> dict[str, bool]:
        """What is decided."""
        return dict(self.opened.directory.access.requires_admin)


async def _renew(known: Account) -> Account:
    if known.email == "refused":
        raise MissingError("the session has ended: meshvisor login")
    return known


@pytest.fixture
async def room(place: DirectoryHome) -> Room:
    """Return a room of a fleet with ann as its only admin."""
    opened = await place.open()
    fleet = SmallFleet()
    administration = Administration(opened, place.clock, fleet)
    await administration.add_admin("11", OPERATOR)
    people = People(opened.directory, opened.accounts, fleet.network_of)
    services = AdministrationServices(administration, Session(opened, fleet, _renew))
    chat = ChatAdministration(services, people.realm_of)
    return Room(chat, opened, fleet, place)


# ---- Who may -------------------------------------------------------------------------------------


def test_there_is_one_for_each_name() -> None:
    """Exactly the commands that no permission can open."""
    assert HANDLERS.keys() == ADMIN_COMMANDS


@pytest.mark.parametrize("command", sorted(ADMIN_COMMANDS))
async def test_only_admins(room: Room, command: str) -> None:
    """Whatever a worker says, the supervisor looks for itself who asks."""
    for user_id in ("12", "", "11 ", "1", "011"):
        text = await room.refused(command, "12", user_id=user_id)
        assert text == f"Only admins may use ?{command}."
    assert room.fleet.rounds == []


async def test_outsiders_are_noted(room: Room) -> None:
    """Who is no admin and asks all the same is in the audit log, with what it was and why not."""
    text = await room.refused("setperm", "ping", "user", user_id="66", user_name="eve")
    await room.refused("admin", user_id="12", user_name="bob", mentions=(BOB,))
    second, first, _added = await room.opened.audit.newest(10)
    assert (first.actor, first.origin, first.action) == ("66 (eve)", "lobby", "setperm")
    assert (first.subject, first.outcome) == ("ping user", text)
    assert (second.actor, second.action, second.subject) == ("12 (bob)", "admin", "12")


async def test_a_flood_of_outsiders(room: Room) -> None:
    """Each has one entry a minute, and all of them together a number that no disk minds."""
    for _ in range(3):
        await room.refused("refresh", "x" * 10_000, user_id="66" * 10_000)
    (entry, _added) = await room.opened.audit.newest(10)
    assert len(str(entry)) < 500
    room.place.clock.advance(PERIOD)
    await room.refused("relogin", user_id="66")
    assert len(await room.opened.audit.newest(10)) == 3
    for number in range(2 * MOST):
        await room.refused("refresh", user_id=f"eve{number}")
    assert len(await room.opened.audit.newest(1000)) == 2 + MOST


@pytest.mark.parametrize(
    ("command", "arguments", "noted"),
    [
        ("setperm", ("Refresh", "user"), ("perm.set", "refresh", "stays so")),
        ("removeperm", ("admin",), ("perm.unset", "admin", "stays so")),
        ("setperm", ("xyzzy", "user"), ("perm.set", "xyzzy", "no bot has a command xyzzy")),
        ("admin", ("1",), ("admin.add", "1", "that is me")),
        ("admin", ("12345",), ("admin.add", "12345", "the bot itself")),
        ("admin", ("11", "remove"), ("admin.remove", "11", "the last admin")),
    ],
)
async def test_what_is_refused_is_noted(
    room: Room, command: str, arguments: Any, noted: tuple[str, str, str]
) -> None:
    """What an admin tries and may not is in the audit log, once, with the reason."""
    await room.opened.directory.save_account(account())
    await room.refused(command, *arguments)
    entry, _added = await room.opened.audit.newest(10)
    assert (entry.actor, entry.origin) == ("11 (ann)", "lobby")
    assert (entry.action, entry.subject) == noted[:2]
    assert noted[2] in entry.outcome


async def test_removed_in_the_same_moment(room: Room) -> None:
    """Who was an admin when the worker asked, and is none when it is answered, is refused."""
    await room.done("admin", "12")
    removing = room.ask("admin", "11", "remove", user_id="12")
    asking = room.ask("setperm", "ping", "admin")
    results = await asyncio.gather(removing, asking)
    assert [result.ok for result in results] == [True, False]
    assert results[1].text == "Only admins may use ?setperm."
    assert (room.admins, room.decided) == ({"12"}, {})


async def test_no_such_command(room: Room) -> None:
    """A worker of another release may have more commands; that is an answer, too."""
    assert "There is no admin command 'dance'" in await room.refused("dance")


# ---- admin ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "mentions", "text"),
    [
        ((), (BOB,), "bob (12) is an admin now, in every mesh."),
        (("12",), (), "12 is an admin now, in every mesh."),
        (("12_phone",), (), "12 is an admin now, in every mesh."),
        ((), (Person(user_id="12", name="12"),), "12 is an admin now, in every mesh."),
    ],
)
async def test_admin(room: Room, arguments: Any, mentions: Any, text: str) -> None:
    """By mention, by user id and by peer id; a second time nothing changes."""
    assert await room.done("admin", *arguments, mentions=mentions) == text
    assert room.admins == {"11", "12"}
    again = await room.done("admin", *arguments, mentions=mentions)
    assert again.endswith("is an admin already.")


@pytest.mark.parametrize("word", ["remove", "REMOVE"])
@pytest.mark.parametrize(("arguments", "mentions"), [(("12",), ()), ((), (BOB,))])
async def test_remove(room: Room, arguments: Any, mentions: Any, word: str) -> None:
    """The same with `remove` takes it back; a second time nothing changes."""
    await room.done("admin", "12")
    text = await room.done("admin", *arguments, word, mentions=mentions)
    assert text.endswith("is not an admin any more.")
    assert room.admins == {"11"}
    text = await room.done("admin", *arguments, word, mentions=mentions)
    assert text.endswith("is no admin.")


async def test_several(room: Room) -> None:
    """All who are mentioned, each with a sentence."""
    text = await room.done("admin", mentions=(BOB, JOHN, ANN))
    assert text == (
        "bob (12) is an admin now, in every mesh. John (15) is an admin now, in every mesh. "
        "ann (11) is an admin already."
    )


@pytest.mark.parametrize(
    ("arguments", "mentions"),
    [
        ((), ()),
        (("remove",), ()),
        (("Doe", "remove"), (JOHN,)),
        (("Doe",), (JOHN,)),
        (("remove", "Doe"), (JOHN,)),
        (("remove", "remove"), (JOHN,)),
        (("John", "Doe"), ()),
        (("John", "Doe", "remove"), ()),
        (("12", "13"), ()),
        (("12",), (BOB,)),
    ],
)
async def test_what_is_meant_is_unclear(room: Room, arguments: Any, mentions: Any) -> None:
    """Words that are left over, such as the rest of a name, change nothing: the usage is said."""
    await room.done("admin", "15")
    assert await room.refused("admin", *arguments, mentions=mentions) == (
        "Use: ?admin @user [remove] or ?admin USER_ID [remove]"
    )


@pytest.mark.parametrize("word", NO_IDS)
async def test_no_user_id(room: Room, word: str) -> None:
    """What cannot be an id is refused."""
    assert "is no user id" in await room.refused("admin", word)


@pytest.mark.parametrize("word", IDS)
async def test_any_user_id(room: Room, word: str) -> None:
    """Numbers, UUIDs and words are ids, and come back from the directory as they are."""
    await room.done("admin", word)
    await room.opened.directory.refresh()
    assert room.admins == {"11", word}


async def test_a_mention_without_a_proper_id(room: Room) -> None:
    """What the directory could not read again is refused, wherever it comes from."""
    for user_id in ("a+b", "12_phone", ""):
        stranger = Person(user_id=user_id, name="eve")
        assert "is no user id" in await room.refused("admin", mentions=(stranger,))


async def test_the_bot_itself(room: Room) -> None:
    """It cannot be an admin, whatever its id in this room and wherever its name stands."""
    me = Person(user_id="1", name="bot")
    for mentions, arguments in (((me,), ()), ((BOB, me), ()), ((), ("1",)), ((), ("1_phone",))):
        text = await room.refused("admin", *arguments, mentions=mentions)
        assert text == "Nothing was done: that is me, and I cannot be an admin"


async def test_the_bot_as_a_document(room: Room) -> None:
    """A document that makes it an admin counts for nothing, and can be taken back from a chat."""
    await room.opened.directory.save_account(account(user_id="1"))
    room.place.by_hand("INSERT INTO admin_users VALUES ('1', '1', NULL, 0, 1)")
    await room.done("refresh")
    assert (await room.done("listperms")).startswith("1 admin.")
    assert "the last admin" in await room.refused("admin", "11", "remove")
    assert room.admins == {"11"}
    assert await room.done("admin", "1", "remove") == "1 is not an admin any more."
    assert room.place.by_hand("SELECT isActive FROM admin_users WHERE _id = '1'") == [(0,)]
    assert await room.done("admin", "1", "remove") == "1 is no admin."


async def test_the_last_admin(room: Room) -> None:
    """No admin can lock all admins out from a chat; the answer says what to do instead."""
    assert await room.refused("admin", "remove", mentions=(ANN,)) == (
        "Nothing was done: 11 is the last admin; make another user one first"
    )
    await room.done("admin", "12")
    await room.done("admin", "11", "remove")
    assert room.admins == {"12"}


async def test_the_last_one_of_several(room: Room) -> None:
    """What was done before the last admin's turn is said, and that theirs was not."""
    await room.done("admin", "12")
    text = await room.done("admin", "remove", mentions=(ANN, BOB))
    assert text.startswith("ann (11) is not an admin any more. Not done for bob (12)")
    assert "the last admin" in text
    assert room.admins == {"12"}


# ---- setperm, removeperm, listperms --------------------------------------------------------------


async def test_setperm(room: Room) -> None:
    """What it is now and what it was; in any case; a second time nothing changes."""
    assert await room.done("setperm", "ping", "admin") == (
        "?ping is for admins only now, in every mesh; it was at its default."
    )
    assert room.decided == {"ping": True}
    assert await room.done("setperm", "PING", "Admin") == "?ping is for admins only already."
    assert await room.done("setperm", "pinG", "USER") == (
        "?ping is for everybody now, in every mesh; it was for admins only."
    )
    assert await room.done("removeperm", "Ping") == (
        "?ping is at its default again; it was for everybody."
    )
    assert await room.done("removeperm", "ping") == (
        "Nothing is decided about ?ping; it is at its default."
    )


@pytest.mark.parametrize(
    ("command", "arguments", "usage"),
    [
        ("setperm", (), "?setperm COMMAND admin|user"),
        ("setperm", ("ping",), "?setperm COMMAND admin|user"),
        ("setperm", ("ping", "root"), "?setperm COMMAND admin|user"),
        ("setperm", ("ping", "admin", "user"), "?setperm COMMAND admin|user"),
        ("setperm", ("admin", "ping"), "?setperm COMMAND admin|user"),
        ("removeperm", (), "?removeperm COMMAND"),
        ("removeperm", ("ping", "purge"), "?removeperm COMMAND"),
    ],
)
async def test_usage(room: Room, command: str, arguments: Any, usage: str) -> None:
    """A wrong command is answered with how it is written here, in the words of the worker."""
    assert await room.refused(command, *arguments) == f"Use: {usage}"


@pytest.mark.parametrize("name", sorted(ADMIN_COMMANDS))
async def test_hard_coded(room: Room, name: str) -> None:
    """No admin can open these to all, in whatever case, even by mistake."""
    for text in (name, name.upper(), name.title()):
        for arguments in ((text, "user"), (text, "admin")):
            said = await room.refused("setperm", *arguments, known=True)
            assert f"the command {name} is for admins only and stays so" in said
        assert "stays so" in await room.refused("removeperm", text, known=True)


async def test_unknown_command(room: Room) -> None:
    """It is refused with the nearest one, unless the asking room's bot alone has it."""
    assert await room.refused("setperm", "pig", "admin") == (
        "Nothing was done: no bot has a command pig (did you mean ping?)"
    )
    assert "is no command name" in await room.refused("setperm", "a.b", "admin")
    said = await room.done("setperm", "local", "admin", known=True)
    assert said == "?local is for admins only now, in every mesh; it was at its default."


async def test_a_command_that_no_bot_has_any_more(room: Room) -> None:
    """What the directory decides about can be decided anew; the answer says that no bot has it."""
    room.place.by_hand("INSERT INTO command_permissions VALUES ('search', 'search', 0, '', 0, '')")
    await room.done("refresh")
    assert await room.done("setperm", "search", "admin") == (
        "?search is for admins only now, in every mesh; it was for everybody. "
        "No bot has such a command at present."
    )
    assert await room.done("setperm", "search", "admin") == (
        "?search is for admins only already. No bot has such a command at present."
    )


async def test_listperms(room: Room) -> None:
    """How many admins, who may use what, and what was decided."""
    await room.done("setperm", "ping", "admin")
    admin_commands = ", ".join(f"?{name}" for name in sorted({*ADMIN_COMMANDS, "ping", "purge"}))
    assert await room.done("listperms") == (
        f"1 admin.\nFor admins only: {admin_commands}.\nFor everybody: ?Greet.\n"
        "Decided with ?setperm: ping (admin)."
    )


async def test_listperms_of_hard_coded(room: Room) -> None:
    """A document about a command that cannot be opened is no decision, but a problem."""
    room.place.by_hand("INSERT INTO command_permissions VALUES ('setperm', 'x', 0, '', 0, '')")
    room.place.by_hand("INSERT INTO command_permissions VALUES ('relogin', 'x', 1, '', 0, '')")
    assert (await room.done("refresh")).endswith(
        "\nSomething is wrong: command_permissions 'setperm': the command setperm is for admins "
        "for ever; remove the document"
    )
    assert (await room.done("listperms")).endswith("Decided with ?setperm: nothing.")


async def test_listperms_while_the_directory_is_away(room: Room) -> None:
    """What was known last is listed, and called that."""
    with room.place.unreadable():
        assert "no UTF-8" in await room.refused("refresh")
        assert (await room.done("listperms")).endswith("this is what it held last.")


async def test_listperms_of_very_many(room: Room) -> None:
    """A thousand permissions are no thousand lines in a room, and fit into one message."""
    room.place.by_hand(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999) "
        "INSERT INTO command_permissions SELECT printf('%s%04d', ?, i), 'x', 1, '', 0, '' FROM n",
        "c" * 28,
    )
    await room.done("refresh")
    text = await room.done("listperms")
    assert text.count(" more.") == 2
    assert len(text.encode()) < MAX_CHAT_BYTES


# ---- refresh and relogin -------------------------------------------------------------------------


async def test_refresh(room: Room) -> None:
    """What has changed, how much there is, and what is wrong."""
    assert await room.done("refresh") == ("Read anew: 1 admin, 0 permissions; nothing has changed.")
    room.place.by_hand("INSERT INTO admin_users VALUES ('12', '12', NULL, 0, 1)")
    room.place.by_hand("INSERT INTO command_permissions VALUES ('ping', 'ping', 1, '', 0, '')")
    room.place.by_hand(
        "INSERT INTO credentials (_id, peerId, updatedAt) VALUES ('bot_credentials', '', 1)"
    )
    assert await room.done("refresh") == (
        "Read anew: 2 admins, 1 permission; changed: admins, permissions; all bots know.\n"
        "Something is wrong: credentials 'bot_credentials': peerId is empty; it must be a peer id"
    )


async def test_relogin(room: Room) -> None:
    """It says whether there was a session to renew, and that this room's bot comes last."""
    assert await room.done("relogin") == (
        "There is no session to renew; 3 bots join their rooms again, one after another, "
        "this one last."
    )
    await room.opened.directory.save_account(account())
    assert (await room.done("relogin")).startswith("The session is renewed; 3 bots")
    assert room.fleet.rounds == ["lobby", "lobby"]
    room.fleet.busy = True
    assert "wait until they have" in await room.refused("relogin")


async def test_relogin_that_is_refused(room: Room) -> None:
    """A sentence for the operator is none for a room; no bot leaves one; no token is said."""
    await room.opened.directory.save_account(account(email="refused"))
    text = await room.refused("relogin")
    assert text == f"Nothing was done: {NEUTRAL}"
    assert TOKEN not in text
    assert room.fleet.rounds == []


# ---- What is kept of it --------------------------------------------------------------------------


async def test_audit(room: Room) -> None:
    """Who asked, with id and name, in which room, for what, and how it ended."""
    await room.done("admin", "12")
    await room.done("setperm", "ping", "admin", user_name="11")
    with room.place.refusing("command_permissions"):
        assert "there is no room" in await room.refused("setperm", "ping", "user")
    failed, renamed, added, _first = await room.opened.audit.newest(10)
    assert (added.actor, added.origin, added.action) == ("11 (ann)", "lobby", "admin.add")
    assert renamed.actor == "11"
    assert failed.action == "perm.set"
    assert "there is no room" in failed.outcome


async def test_a_name_like_a_novel(room: Room) -> None:
    """What a room calls a user is cut in the audit log, whose entries have to stay small."""
    await room.done("admin", "12", user_name="n" * 100_000)
    (entry,) = await room.opened.audit.newest(1)
    assert entry.actor == f"11 ({'n' * LONGEST_NAME})"


async def test_added_by(room: Room) -> None:
    """The directory knows the user id of the admin who has decided."""
    await room.done("admin", "12")
    await room.done("setperm", "ping", "admin")
    _ann, bob = room.opened.directory.snapshot.admins
    assert (bob.user_id, bob.added_by) == ("12", "11")
    assert room.opened.directory.snapshot.permissions[0].updated_by == "11"


async def test_full_session(room: Room) -> None:
    """No answer, entry or error of a whole session holds a secret."""
    secret = account(parse_token=SecretStr("secret-1"), auth_token=TOKEN, ssaid="secret-2")
    await room.opened.directory.save_account(secret)
    await room.opened.directory.put_admin(Admin("15", NOON))
    said = [
        (await room.ask(command, *arguments)).text
        for command in sorted(ADMIN_COMMANDS)
        for arguments in ((), ("12",), ("ping", "admin"), ("12", "remove"))
    ]
    said += [str(entry) for entry in await room.opened.audit.newest(100)]
    assert not any(text in "\n".join(said) for text in ("secret-1", TOKEN, "secret-2"))


# ---- Realms --------------------------------------------------------------------------------------


@pytest.fixture
async def irc(place: DirectoryHome) -> Room:
    """Return a room of an account's network, in which @ann:irc is the only admin."""
    place.accounts = {"irc": AccountSettings(transport="program")}
    opened = await place.open()
    fleet = SmallFleet(networks={"lobby": Network("program", "irc"), "cinema": Network()})
    administration = Administration(opened, place.clock, fleet)
    await administration.add_admin("@ann:irc", OPERATOR, "irc")
    people = People(opened.directory, opened.accounts, fleet.network_of)
    services = AdministrationServices(administration, Session(opened, fleet, _renew))
    return Room(ChatAdministration(services, people.realm_of), opened, fleet, place)


async def test_admins_of_a_realm(irc: Room) -> None:
    """A chat administers its own network: ids are spelled as there, and hold there alone."""
    ann = {"user_id": "@ann:irc", "user_name": "Ann"}
    said = await irc.done("admin", mentions=(BOB,), **ann)
    assert said == "bob (12) is an admin now, in every mesh of irc."
    said = await irc.done("admin", "[odd]_\\`^{}|", **ann)
    assert said == "[odd]_\\`^{}| is an admin now, in every mesh of irc."
    directory = irc.opened.directory
    assert directory.access_in("irc").admins == {"@ann:irc", "12", "[odd]_\\`^{}|"}
    assert irc.admins == set()
    newest, *_ = await irc.opened.audit.newest(1)
    assert (newest.actor, newest.subject) == ("irc/@ann:irc (Ann)", "irc/[odd]_\\`^{}|")
    # Made an admin in a chat, and so no owner, whatever their id looks like.
    assert directory.is_owner("@ann:irc", "irc")
    assert not directory.is_owner("12", "irc")


async def test_an_admin_elsewhere_is_none_here(irc: Room) -> None:
    """The same id on another network is another user."""
    await irc.done("admin", "11", user_id="@ann:irc")
    answer = await irc.chat.answer(
        "cinema",
        AdminRequest(
            mesh_id="cinema", command="listperms", user_id="11", prefix="?", authenticated=True
        ),
    )
    assert answer.text == "Only admins may use ?listperms."
    await irc.opened.directory.put_admin(Admin("12", NOON))
    assert await irc.refused("listperms", user_id="12") == "Only admins may use ?listperms."


async def test_a_mesh_that_is_gone(irc: Room) -> None:
    """A mesh whose network is unknown has no admins."""
    request = AdminRequest(
        mesh_id="gone", command="refresh", user_id="@ann:irc", prefix="?", authenticated=True
    )
    assert not (await irc.chat.answer("gone", request)).ok


async def test_permissions_of_a_realm(irc: Room) -> None:
    """They hold there alone, and what holds everywhere is shown beside them."""
    ann = {"user_id": "@ann:irc"}
    administration = Administration(irc.opened, irc.place.clock, irc.fleet)
    await administration.set_permission("greet", "admin", OPERATOR)
    assert await irc.done("setperm", "ping", "admin", **ann) == (
        "?ping is for admins only now, in every mesh of irc; it was at its default."
    )
    assert await irc.done("setperm", "greet", "user", **ann) == (
        "?Greet is for everybody now, in every mesh of irc; it was at its default."
    )
    directory = irc.opened.directory
    assert directory.access.requires_admin == {"greet": True}
    assert directory.access_in("irc").requires_admin == {"greet": False, "ping": True}
    assert directory.access_in("matrix").requires_admin == {"greet": True}
    assert "ping (admin)" in await irc.done("listperms", **ann)
    assert await irc.done("removeperm", "greet", **ann) == (
        "?Greet is at its default again; it was for everybody."
    )
    assert directory.access_in("irc").requires_admin == {"greet": True, "ping": True}


async def test_the_last_admin_of_a_realm(irc: Room) -> None:
    """Others elsewhere do not help the people there."""
    await irc.opened.directory.put_admin(Admin("12", NOON))
    said = await irc.refused("admin", "@ann:irc", "remove", user_id="@ann:irc")
    assert said == "Nothing was done: @ann:irc is the last admin; make another user one first"


@pytest.mark.parametrize("command", sorted(ADMIN_COMMANDS))
async def test_without_authentication(irc: Room, command: str) -> None:
    """Where ids can be faked, one gives no right, and the attempt is noted."""
    said = await irc.refused(command, "12", user_id="@ann:irc", authenticated=False)
    assert said == UNPROVEN
    assert (await irc.opened.audit.newest(1))[0].outcome == UNPROVEN
    # Nor where nothing is said of it.
    request = AdminRequest(mesh_id="lobby", command=command, user_id="@ann:irc", prefix="?")
    assert (await irc.chat.answer("lobby", request)).text == UNPROVEN
