"""What may be done with admins and permissions, and what is kept of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pytest
from bson import ObjectId
from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection

from meshvisor.features.access.admin_commands import ADMIN_COMMANDS
from meshvisor.features.access.supervisor.administration.administration import (
    PAGE,
    Administration,
    NoFleet,
)
from meshvisor.features.access.supervisor.administration.opening import OpenDirectory
from meshvisor.features.access.supervisor.directory.model import Admin, Permission
from meshvisor.shared.errors import MeshvisorError, UsageError
from meshvisor.shared.protocol.frames import MAX_FRAME
from meshvisor.supervisor.audit.log import Actor
from tests.clock import START
from tests.directories import NOON, OPERATOR, DirectoryHome, SmallFleet, account
from tests.mongo import NxServer

ANN = Actor("11 (ann)", "lobby", "11")


@dataclass
class Office:
    """Administration and what it works with."""

    administration: Administration
    opened: OpenDirectory
    place: DirectoryHome

    @property
    def admins(self) -> frozenset[str]:
        """Who is one, as it is sent to workers."""
        return self.opened.directory.access.admins

    @property
    def decided(self) -> dict[str, bool]:
        """What is decided, as it is sent to workers."""
        return dict(self.opened.directory.access.requires_admin)

    async def entries(self) -> list[tuple[str, ...]]:
        """Return the audit log, oldest first, without its moments."""
        found = reversed(await self.opened.audit.newest(100))
        return [(e.actor, e.origin, e.action, e.subject, e.outcome, e.detail) for e in found]


@pytest.fixture
async def office(place: DirectoryHome) -> Office:
    """Return one of a fleet that has some commands."""
    opened = await place.open()
    return Office(Administration(opened, place.clock, SmallFleet()), opened, place)


# ---- Admins --------------------------------------------------------------------------------------


async def test_add_and_remove(office: Office) -> None:
    """It says whether something has changed, and each change is kept with who, where and when."""
    desk = office.administration
    for changed in (True, False):
        outcome = await desk.add_admin("12", ANN)
        assert (outcome.user_id, outcome.is_admin, outcome.changed) == ("12", True, changed)
    assert office.admins == {"12"}
    for changed in (True, False):
        outcome = await desk.remove_admin("12", OPERATOR)
        assert (outcome.user_id, outcome.is_admin, outcome.changed) == ("12", False, changed)
    assert office.admins == frozenset()
    assert await office.entries() == [
        ("11 (ann)", "lobby", "admin.add", "12", "done", ""),
        ("ann", "command line", "admin.remove", "12", "done", ""),
    ]
    (newest,) = await office.opened.audit.newest(1)
    assert newest.at == office.place.clock.wall() * 1000


async def test_who_was_one_stays_known(office: Office) -> None:
    """A removed admin is listed as such, with who added them and when; and comes back anew."""
    desk = office.administration
    await desk.add_admin("12", ANN)
    office.place.clock.advance(60)
    await desk.remove_admin("12", OPERATOR)
    (entry,) = desk.list_admins().admins
    assert (entry.user_id, entry.added_by, entry.is_active) == ("12", "11", False)
    assert entry.added_at == "2026-03-01T12:00:00.000+00:00"
    await desk.add_admin("12", OPERATOR)
    (entry,) = desk.list_admins().admins
    assert (entry.added_by, entry.is_active) == (None, True)
    assert entry.added_at == "2026-03-01T12:01:00.000+00:00"


async def test_the_bot_itself(office: Office) -> None:
    """It cannot be an admin; nothing has changed."""
    await office.opened.directory.save_account(account())
    with pytest.raises(UsageError, match="the bot itself"):
        await office.administration.add_admin("12345", OPERATOR)
    assert office.admins == frozenset()


async def test_the_last_one(office: Office) -> None:
    """In a chat the last admin stays; the command line may remove all."""
    desk = office.administration
    await desk.add_admin("12", OPERATOR)
    with pytest.raises(UsageError, match="meshvisor admin remove 12"):
        await desk.remove_admin("12", ANN, keep_one=True)
    assert office.admins == {"12"}
    assert (await desk.remove_admin("99", ANN, keep_one=True)).changed is False
    await desk.remove_admin("12", OPERATOR)
    assert office.admins == frozenset()


async def test_two_who_remove_each_other(office: Office) -> None:
    """In the same moment: one of them stays."""
    desk = office.administration
    for user_id in ("11", "12"):
        await desk.add_admin(user_id, OPERATOR)
    results = await asyncio.gather(
        *(desk.remove_admin(user_id, ANN, keep_one=True) for user_id in ("11", "12")),
        return_exceptions=True,
    )
    assert [isinstance(result, UsageError) for result in results] == [False, True]
    assert office.admins == {"12"}


async def test_many(office: Office) -> None:
    """Ten thousand admins come in pages, each of which fits into a frame of the socket."""
    many = [Admin(f"{n:08}-0000-4000-8000-{'f' * 39}", NOON, "a" * 64) for n in range(10_000)]
    office.place.by_hand(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) "
        "INSERT INTO admin_users SELECT "
        "printf('%08d-0000-4000-8000-', i) || ?, 'x', ?, ?, 1 FROM n",
        *("f" * 39, "a" * 64, round(NOON.timestamp() * 1000)),
    )
    await office.administration.refresh(OPERATOR)
    pages = [office.administration.list_admins()]
    while pages[-1].more:
        pages.append(office.administration.list_admins(after=pages[-1].admins[-1].user_id))
        assert len(pages[-1].admins) <= PAGE
    assert all(len(page.model_dump_json()) < MAX_FRAME for page in pages)
    assert [entry.user_id for page in pages for entry in page.admins] == [
        admin.user_id for admin in many
    ]
    assert len(office.admins) == 10_000


async def test_widest_page(office: Office) -> None:
    """A page of the longest ids, of characters that JSON writes with twelve, fits as well."""
    office.place.by_hand(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
        "INSERT INTO admin_users SELECT printf('%04d', i) || ?, 'x', ?, 0, 1 FROM n",
        *(PAGE, "\U0001f600" * 60, "\U0001f600" * 64),
    )
    await office.administration.refresh(OPERATOR)
    page = office.administration.list_admins()
    assert (len(page.admins), page.more) == (PAGE, True)
    assert len(page.model_dump_json().encode("ascii", "backslashreplace")) * 1.2 < MAX_FRAME


# ---- Permissions ---------------------------------------------------------------------------------


async def test_set_and_unset(office: Office) -> None:
    """Every outcome says what it was before; what changes nothing is not in the audit log."""
    desk = office.administration
    steps: list[tuple[Any, tuple[Any, ...]]] = [
        (desk.set_permission("PING", "admin", ANN), ("ping", "admin", None, True)),
        (desk.set_permission("ping", "admin", ANN), ("ping", "admin", "admin", False)),
        (desk.set_permission("Ping", "user", ANN), ("ping", "user", "admin", True)),
        (desk.unset_permission("pinG", ANN), ("ping", None, "user", True)),
        (desk.unset_permission("ping", ANN), ("ping", None, None, False)),
    ]
    for step, expected in steps:
        outcome = await step
        assert expected == (outcome.command, outcome.level, outcome.previous, outcome.changed)
        assert outcome.known is True
    assert office.decided == {}
    assert [entry[2:] for entry in await office.entries()] == [
        ("perm.set", "ping", "done", "default -> admin"),
        ("perm.set", "ping", "done", "admin -> user"),
        ("perm.unset", "ping", "done", "user -> default"),
    ]


@pytest.mark.parametrize("name", [*sorted(ADMIN_COMMANDS), "SetPerm", "ADMIN", "reFresh"])
async def test_hard_coded(office: Office, name: str) -> None:
    """Commands that are for admins for ever stay so, in whatever case and with whatever force."""
    for step in (
        office.administration.set_permission(name, "user", ANN, force=True),
        office.administration.set_permission(name, "admin", ANN),
        office.administration.unset_permission(name, ANN),
    ):
        with pytest.raises(UsageError, match="for admins only and stays so"):
            await step
    assert office.place.by_hand("SELECT * FROM command_permissions") == []


async def test_unknown(office: Office) -> None:
    """A command that no bot has is refused with the nearest one, unless it is forced."""
    desk = office.administration
    with pytest.raises(UsageError, match=r"no bot has a command pign \(did you mean ping\?\); "):
        await desk.set_permission("pign", "admin", ANN)
    with pytest.raises(UsageError, match="no bot has a command xyzzy; ") as caught:
        await desk.set_permission("xyzzy", "admin", ANN)
    assert str(caught.value).endswith(": meshvisor perm set xyzzy admin --force")
    with pytest.raises(UsageError, match="no bot has a command setprm; "):
        await desk.set_permission("setprm", "admin", ANN)  # no hint at what is refused as well
    assert office.decided == {}
    outcome = await desk.set_permission("xyzzy", "admin", ANN, force=True)
    assert (outcome.changed, outcome.known) == (True, False)
    assert office.decided == {"xyzzy": True}
    # Now it is decided about, and forgetting that needs no bot that has it.
    assert (await desk.unset_permission("XYZZY", ANN)).changed


async def test_decided_about_but_unknown(office: Office) -> None:
    """A command that no bot has, and that the directory decides about, needs no force."""
    office.place.by_hand(
        "INSERT INTO command_permissions VALUES ('search', 'search', 0, 'Search', 0, '7')"
    )
    desk = office.administration
    await desk.refresh(ANN)
    outcome = await desk.set_permission("SEARCH", "admin", ANN)
    assert (outcome.command, outcome.previous, outcome.known) == ("search", "user", False)
    assert office.decided == {"search": True}


async def test_without_bots(office: Office) -> None:
    """Without any bot every command is taken, and nothing is said about whether one has it."""
    desk = Administration(office.opened, office.place.clock, NoFleet())
    assert (await desk.set_permission("xyzzy", "admin", ANN)).known is None
    (entry,) = desk.list_permissions().permissions
    assert entry.known is None


async def test_name_as_it_is_registered(office: Office) -> None:
    """What is kept has the name of the command, however it was typed."""
    await office.administration.set_permission("GREET", "admin", ANN)
    assert office.place.by_hand("SELECT _id, commandName FROM command_permissions") == [
        ("Greet", "Greet")
    ]


async def test_written_in_other_case(office: Office) -> None:
    """Whatever others have written about the same command gives way to what is decided now."""
    for name in ("PING", "Ping"):
        office.place.by_hand(
            "INSERT INTO command_permissions VALUES (?, ?, 1, 'answers', 0, '7')", name, name
        )
    desk = office.administration
    await desk.refresh(ANN)
    assert (await desk.set_permission("ping", "user", ANN)).previous == "admin"
    assert office.decided == {"ping": False}
    assert office.place.by_hand("SELECT _id, description FROM command_permissions") == [
        ("ping", "answers")
    ]
    await desk.unset_permission("ping", ANN)
    assert office.place.by_hand("SELECT * FROM command_permissions") == []


HELP = {"ping": "Say pong.", "purge": "Empty the room."}


async def test_description(place: DirectoryHome) -> None:
    """It is the command's help, or what an operator has written; that outlives the permission."""
    opened = await place.open()
    desk = Administration(opened, place.clock, SmallFleet(), lambda name: HELP.get(name, ""))

    async def described(command: str) -> str:
        """Return what `perm list` shows."""
        await desk.refresh(ANN)
        found = {entry.command: entry.description for entry in desk.list_permissions().permissions}
        return found[command]

    await desk.set_permission("ping", "admin", ANN)
    assert await described("ping") == "Say pong."
    place.by_hand("UPDATE command_permissions SET description = 'Ask Ann first.'")
    await desk.refresh(ANN)
    for level in ("user", "admin"):
        await desk.set_permission("ping", level, ANN)
        assert await described("ping") == "Ask Ann first."
        await desk.unset_permission("ping", ANN)
    await desk.set_permission("PING", "user", ANN)
    assert await described("ping") == "Ask Ann first."
    # Who empties it wants the help again.
    place.by_hand("UPDATE command_permissions SET description = ''")
    await desk.refresh(ANN)
    await desk.unset_permission("ping", ANN)
    await desk.set_permission("ping", "admin", ANN)
    assert await described("ping") == "Say pong."
    await desk.set_permission("purge", "user", ANN)
    assert await described("purge") == "Empty the room."


async def test_list(office: Office) -> None:
    """What is decided, and what all users and only admins may use; once each, sorted."""
    desk = office.administration
    await desk.add_admin("12", OPERATOR)
    await desk.set_permission("ping", "admin", ANN)
    await desk.set_permission("purge", "user", ANN)
    await desk.set_permission("later", "user", ANN, force=True)
    office.place.by_hand("INSERT INTO command_permissions VALUES ('ADMIN', 'ADMIN', 0, '', 0, '')")
    await desk.refresh(ANN)
    found = desk.list_permissions()
    assert found.admins == 1
    assert found.admin_commands == tuple(sorted({*ADMIN_COMMANDS, "ping"}))
    assert found.user_commands == ("Greet", "later", "purge")
    decided = {p.command: (p.level, p.known, p.updated_by) for p in found.permissions}
    assert decided["ping"] == ("admin", True, "11")
    assert decided["later"] == ("user", False, "11")


# ---- What fails ----------------------------------------------------------------------------------


async def test_no_room(office: Office) -> None:
    """A change that the database does not take is an error, has not happened, and is in the log."""
    desk = office.administration
    await desk.add_admin("12", OPERATOR)
    before = (office.admins, office.decided)
    with office.place.refusing("admin_users", "command_permissions"):
        for step in (
            desk.add_admin("13", ANN),
            desk.remove_admin("12", ANN),
            desk.set_permission("ping", "admin", ANN),
        ):
            with pytest.raises(MeshvisorError, match="there is no room"):
                await step
    assert (office.admins, office.decided) == before
    failed = (await office.entries())[1:]
    assert [entry[:4] for entry in failed] == [
        ("11 (ann)", "lobby", "admin.add", "13"),
        ("11 (ann)", "lobby", "admin.remove", "12"),
        ("11 (ann)", "lobby", "perm.set", "ping"),
    ]
    assert all("there is no room" in entry[4] for entry in failed)


async def test_no_room_for_the_audit_log(office: Office) -> None:
    """What cannot be written down is not done."""
    with (
        office.place.refusing("audit_log"),
        pytest.raises(MeshvisorError, match="there is no room"),
    ):
        await office.administration.add_admin("12", ANN)
    assert office.admins == frozenset()


# ---- Refresh -------------------------------------------------------------------------------------


async def test_refresh(office: Office) -> None:
    """It says what has changed, how much there is and what is wrong."""
    desk = office.administration
    report = await desk.refresh(ANN)
    assert (report.backend, report.changed, report.problems) == ("sqlite", (), ())
    office.place.by_hand("INSERT INTO admin_users VALUES ('5', '5', NULL, 0, 1)")
    office.place.by_hand("INSERT INTO command_permissions VALUES ('a', 'a', 1, '', 0, NULL)")
    office.place.by_hand(
        "INSERT INTO credentials (_id, peerId, updatedAt) VALUES ('bot_credentials', '1_a', 1)"
    )
    report = await desk.refresh(ANN)
    assert report.changed == ("admins", "permissions", "credentials")
    assert (report.admins, report.permissions) == (1, 1)
    assert (await office.entries())[-1][2:5] == ("refresh", "directory", "done")


async def test_refresh_that_fails(office: Office) -> None:
    """What was known holds, and the log says that it was tried."""
    await office.administration.add_admin("12", OPERATOR)
    with office.place.unreadable(), pytest.raises(MeshvisorError, match="no UTF-8"):
        await office.administration.refresh(ANN)
    assert office.admins == {"12"}
    assert "no UTF-8" in (await office.entries())[-1][4]


async def test_moments(office: Office) -> None:
    """What is kept is of the moment at which it was decided."""
    await office.administration.set_permission("ping", "admin", ANN)
    (kept,) = office.opened.directory.snapshot.permissions
    now = datetime.fromtimestamp(START, UTC)
    assert kept == Permission("ping", True, now, "11")


# ---- Documents of the wrong shape ----------------------------------------------------------------


@dataclass
class Server:
    """Administration of a directory in a server, and the documents about commands in it."""

    administration: Administration
    opened: OpenDirectory
    documents: AsyncCollection[dict[str, Any]]

    async def hold(self, *documents: dict[str, Any]) -> None:
        """Hold these documents, as another program has written them."""
        await self.documents.insert_many(documents)
        await self.opened.directory.refresh()

    async def decided(self) -> dict[str, bool]:
        """Return what the server holds, as it is understood when it is read anew."""
        await self.opened.directory.refresh()
        return dict(self.opened.directory.access.requires_admin)


@pytest.fixture
async def server(place: DirectoryHome, tmp_path: Path) -> AsyncIterator[Server]:
    """Return one of a server that holds nothing."""
    with NxServer(tmp_path) as nx:
        path = place.home.config / "database.json"
        path.write_text(json.dumps({"uri": f"{nx.uri}/mv"}))
        async with AsyncMongoClient[dict[str, Any]](f"{nx.uri}/mv") as client:
            documents = client.get_default_database()["command_permissions"]
            opened = await place.open()
            yield Server(Administration(opened, place.clock, SmallFleet()), opened, documents)


async def test_what_a_server_has_taken_is_done(
    server: Server, place: DirectoryHome, caplog: pytest.LogCaptureFixture
) -> None:
    """Its audit entry and its event follow together, and where they cannot that is reported."""
    desk = server.administration

    def written() -> tuple[list[Any], list[Any]]:
        return (
            place.by_hand("SELECT subject FROM audit_log ORDER BY id"),
            place.by_hand("SELECT subject FROM events ORDER BY seq"),
        )

    with place.refusing("events"):
        assert (await desk.add_admin("12", ANN)).changed
    assert written() == ([], [])
    assert "missing in the audit log: there is no room" in caplog.text
    assert (await desk.remove_admin("12", ANN)).changed
    await desk.set_permission("ping", "admin", ANN)
    assert written() == ([("12",), ("ping",)], [("12",), ("ping",)])


async def test_a_permission_of_the_wrong_shape_is_mended(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """It closes its command; closing it once more says so in a document that can be read."""
    await server.hold({"_id": "ping", "requiresAdmin": "yes"})
    assert await server.decided() == {"ping": True}
    assert "until it is corrected, 'ping' can be used by admins only" in caplog.text
    assert "is not used" not in caplog.text
    outcome = await server.administration.set_permission("ping", "admin", ANN)
    assert outcome.changed
    assert await server.decided() == {"ping": True}
    assert server.opened.directory.problems == []


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        (ObjectId("65a0c0ffee65a0c0ffee65a0"), "'65a0c0ffee65a0c0ffee65a0'"),
        (7, "'7'"),
        ("dance", "'dance'"),
    ],
)
async def test_a_permission_under_another_id(server: Server, key: object, shown: str) -> None:
    """What it closes stays closed whatever is decided, so that is refused and not called done."""
    await server.hold({"_id": key, "commandName": "Ping", "requiresAdmin": True})
    desk = server.administration
    for step in (
        desk.set_permission("ping", "user", ANN),
        desk.set_permission("ping", "admin", ANN),
        desk.unset_permission("ping", ANN),
    ):
        with pytest.raises(UsageError) as caught:
            await step
        assert str(caught.value) == (
            f"the document with the _id {shown} in command_permissions names the command ping in "
            "another shape and keeps it for admins; correct or remove it"
        )
    assert (await server.decided())["ping"] is True
    assert await server.documents.count_documents({}) == 1
    await server.documents.delete_many({})
    assert (await desk.set_permission("ping", "user", ANN)).changed
    assert await server.decided() == {"ping": False}


@pytest.mark.parametrize("key", ["ping", "PING"])
async def test_a_permission_with_two_names(server: Server, key: str) -> None:
    """Deciding about the command of its `_id` writes it anew, and opens the other one."""
    await server.hold({"_id": key, "commandName": "dance", "requiresAdmin": True})
    assert (await server.administration.set_permission("ping", "user", ANN)).changed
    assert await server.decided() == {"ping": False}
    assert server.opened.directory.problems == []


@pytest.mark.parametrize("level", [None, "user"])
async def test_names_that_differ_in_case(server: Server, level: Literal["user"] | None) -> None:
    """All documents about a command give way to what is decided now, also those not in use."""
    await server.hold(
        *({"_id": key, "requiresAdmin": True} for key in ("Ping", "PING", "pInG")),
    )
    if level is None:
        assert (await server.administration.unset_permission("ping", ANN)).changed
        assert await server.decided() == {}
    else:
        assert (await server.administration.set_permission("ping", level, ANN)).changed
        assert await server.decided() == {"ping": False}
    assert server.opened.directory.problems == []


async def test_nothing_is_made_up(server: Server) -> None:
    """Where a document does not say since when, neither do lists, nor the document once changed."""
    admins = server.documents.database["admin_users"]
    await admins.insert_one({"_id": "12", "isActive": True})
    await server.hold({"_id": "ping", "requiresAdmin": True})
    desk = server.administration
    assert [entry.added_at for entry in desk.list_admins().admins] == [None]
    assert [entry.updated_at for entry in desk.list_permissions().permissions] == [None]
    assert (await desk.remove_admin("12", ANN)).changed
    found = await admins.find_one({"_id": "12"})
    assert found is not None
    assert (found["isActive"], "addedAt" in found) == (False, False)
