"""The whole fleet, administered from its rooms, the command line, its files and its database."""

from __future__ import annotations

import asyncio
import json
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from meshvisor.features.watch_party.protoo.rooms import ChatMessage, RoomUser
from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from tests.directories import SESSION, TOKEN
from tests.fleet import Fleet

ANN, BOB, CARL = RoomUser("11", "ann"), RoomUser("12", "bob"), RoomUser("13", "carl")
ROOMS: Final = ("cinema", "lobby", "workshop")
FOR_ADMINS: Final = "Only admins may use ?ping."


class Scene:
    """A fleet in its rooms, and what people see of it."""

    def __init__(self, fleet: Fleet, playground: Playground) -> None:
        self.fleet = fleet
        self.home = fleet.home
        self.playground = playground

    async def start(self) -> None:
        """Start the fleet and return when it is everywhere."""
        await self.fleet.start()
        await self.fleet.all_are(MeshState.CONNECTED, len(ROOMS))
        for room in ROOMS:
            await self.playground.wait_for_peer(room)

    async def says(
        self, user: RoomUser, text: str, *mentions: RoomUser, room: str = "lobby"
    ) -> str:
        """Return the answer to what a user says."""
        message = ChatMessage(text, mentions=mentions)
        question = self.playground.room(room).post(f"{user.id}_phone", message)
        return (await self.playground.wait_for_reply(room, question)).text

    async def until_answered(self, user: RoomUser, text: str, answer: str, room: str) -> None:
        """Return when a room's bot gives this answer: it hears of changes in a moment."""
        async with asyncio.timeout(10):
            while (said := await self.says(user, text, room=room)) != answer:
                assert said in {"pong", FOR_ADMINS}

    async def until_everywhere(self, user: RoomUser, text: str, answer: str) -> None:
        """Return when all bots give this answer."""
        await asyncio.gather(*(self.until_answered(user, text, answer, room) for room in ROOMS))

    async def run(self, *arguments: str) -> Any:
        """Return what a command prints with `--json`."""
        outcome = await self.fleet.command(*arguments, "--json")
        assert outcome.code == 0, outcome.err
        return json.loads(outcome.out)

    async def audit(self) -> list[tuple[str, ...]]:
        """Return the audit log, oldest first: who, where, what, of what, how it ended."""
        entries = reversed((await self.run("audit"))["entries"])
        return [(e["actor"], e["origin"], e["action"], e["subject"], e["outcome"]) for e in entries]

    def by_hand(self, statement: str) -> list[Any]:
        """Execute a statement in the database as the program `sqlite3` does."""
        with closing(sqlite3.connect(self.home.database)) as database, database:
            return database.execute(statement).fetchall()

    def write_credentials(self, **fields: Any) -> None:
        """Write the file with the account."""
        self.home.config.mkdir(mode=0o700, exist_ok=True)
        self.home.credentials_file.touch(0o600)
        self.home.credentials_file.write_text(json.dumps(fields))

    def credentials(self) -> dict[str, Any]:
        """Return what the file holds."""
        fields: dict[str, Any] = json.loads(self.home.credentials_file.read_text())
        return fields

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """Let no file of the supervisor grow."""
        soft, hard = resource.prlimit(self.fleet.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.fleet.pid, resource.RLIMIT_FSIZE, (0, hard))
        yield
        resource.prlimit(self.fleet.pid, resource.RLIMIT_FSIZE, (soft, hard))

    def leaked(self, *secrets: str) -> list[str]:
        """Return the log files, and the output, in which one of the secrets stands."""
        files = [*self.home.logs.rglob("*"), self.home.root / "output.txt"]
        return [
            str(file)
            for file in files
            if file.is_file() and any(secret.encode() in file.read_bytes() for secret in secrets)
        ]


@pytest.fixture
def scene(fleet: Fleet, playground: Playground) -> Scene:
    """Return a scene whose fleet is not started."""
    return Scene(fleet, playground)


async def test_an_evening(scene: Scene) -> None:
    """From the first admin to the last permission, in every room, and all of it is kept."""
    assert (await scene.run("admin", "add", "11"))["changed"] is True
    await scene.start()
    assert await scene.says(BOB, "?refresh") == "Only admins may use ?refresh."
    assert await scene.says(ANN, "?admin @bob", BOB) == ("bob (12) is an admin now, in every mesh.")
    assert await scene.says(ANN, "?admin 13_phone") == "13 is an admin now, in every mesh."
    assert (await scene.says(ANN, "?admin @carl remove", CARL)).endswith("not an admin any more.")
    assert "an admin now" not in await scene.says(ANN, "?admin John Doe")

    await scene.until_everywhere(CARL, "?ping", "pong")
    assert "for admins only now" in await scene.says(ANN, "?setperm PING admin", room="cinema")
    await scene.until_everywhere(CARL, "?ping", FOR_ADMINS)
    await scene.until_everywhere(BOB, "?ping", "pong")
    assert "Decided with ?setperm: ping (admin)." in await scene.says(BOB, "?listperms")
    assert "stays so" in await scene.says(BOB, "?setperm Admin user")
    assert "did you mean ping?" in await scene.says(BOB, "?setperm pign user")
    assert await scene.says(BOB, "?removeperm ping", room="workshop") == (
        "?ping is at its default again; it was for admins only."
    )
    await scene.until_everywhere(CARL, "?ping", "pong")
    assert "nothing has changed" in await scene.says(BOB, "?refresh")

    entries = await scene.audit()
    operator = entries[0][0]
    assert [entry[:4] for entry in entries if entry[4] != "done"] == [
        ("12", "lobby", "perm.set", "admin"),
        ("12", "lobby", "perm.set", "pign"),
    ]
    assert [entry for entry in entries if entry[4] == "done"] == [
        (operator, "command line", "admin.add", "11", "done"),
        ("11", "lobby", "admin.add", "12", "done"),
        ("11", "lobby", "admin.add", "13", "done"),
        ("11", "lobby", "admin.remove", "13", "done"),
        ("11", "cinema", "perm.set", "ping", "done"),
        ("12", "workshop", "perm.unset", "ping", "done"),
        ("12", "lobby", "refresh", "directory", "done"),
    ]
    status = (await scene.run("status"))["supervisor"]["directory"]
    assert status == {
        "backend": "sqlite", "reachable": True, "admins": 2, "permissions": 0, "problems": [],
    }  # fmt: skip


async def test_relogin(scene: Scene) -> None:
    """The answer comes first, then all bots join again one by one, the asking room's last."""
    await scene.run("admin", "add", "11")
    await scene.start()
    assert (await scene.says(ANN, "?relogin", room="cinema")) == (
        "There is no session to renew; 3 bots join their rooms again, one after another, "
        "this one last."
    )
    await scene.playground.wait_for_connects("cinema", 2)
    connects = [connect.room for connect in scene.playground.connects()]
    assert sorted(connects[3:5]) == ["lobby", "workshop"]
    assert connects[5:] == ["cinema"]
    await scene.fleet.logged("3 of 3 bots have joined again")
    meshes = (await scene.fleet.all_are(MeshState.CONNECTED, 3)).meshes
    assert all(mesh.restarts == 0 for mesh in meshes)


async def test_straight_into_the_database(scene: Scene) -> None:
    """What is typed into `sqlite3` holds in every room without a command."""
    await scene.start()
    await scene.until_everywhere(CARL, "?ping", "pong")
    scene.by_hand("INSERT INTO command_permissions VALUES ('PING', 'PING', 1, '', 0, NULL)")
    await scene.until_everywhere(CARL, "?ping", FOR_ADMINS)
    scene.by_hand("INSERT INTO admin_users VALUES ('13', '13', NULL, 0, 1)")
    await scene.until_everywhere(CARL, "?ping", "pong")
    scene.by_hand("UPDATE admin_users SET isActive = 0")
    await scene.until_everywhere(CARL, "?ping", FOR_ADMINS)
    scene.by_hand("DELETE FROM command_permissions")
    await scene.until_everywhere(CARL, "?ping", "pong")


@pytest.mark.faults
async def test_full_disk(scene: Scene) -> None:
    """Who changes something reads why it cannot be; nothing has changed, and all bots go on."""
    await scene.run("admin", "add", "11")
    await scene.start()
    assert "for everybody now" in await scene.says(ANN, "?setperm ping user")
    before = await scene.run("perm", "list")
    with scene.full_disk():
        said = await scene.says(ANN, "?setperm ping admin")
        assert said.startswith("Nothing was done: ")
        assert "make room on its disk" in said
        outcome = await scene.fleet.command("admin", "add", "12")
        assert (outcome.code, "make room on its disk" in outcome.err) == (1, True)
        await scene.until_everywhere(CARL, "?ping", "pong")
        assert await scene.run("perm", "list") == before
    assert "for admins only now" in await scene.says(ANN, "?setperm ping admin")
    await scene.until_everywhere(CARL, "?ping", FOR_ADMINS)
    assert [mesh.restarts for mesh in (await scene.fleet.status()).meshes] == [0, 0, 0]
    await scene.fleet.until(lambda: "perm.set ping: " in scene.fleet.log(), "the log of it")


# ---- The account ---------------------------------------------------------------------------------


@pytest.mark.long
async def test_edited_while_it_runs(scene: Scene) -> None:
    """The next connect uses what was written into the file."""
    scene.write_credentials(peerId="1_bot", authToken=f"r:{TOKEN}", parseToken=SESSION)
    await scene.start()
    assert {connect.peer_id for connect in scene.playground.connects()} == {"1_bot"}
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    scene.write_credentials(peerId="2_bot", authToken=f"{TOKEN}-2", updatedAt=later)

    async def taken_over() -> bool:
        return bool((await scene.fleet.ask("credentials_show"))["peer_id"] == "2_bot")

    await scene.fleet.until_told(taken_over, "the edited file to be used")
    assert len(scene.playground.connects()) == 3
    scene.playground.drop("lobby")
    assert (await scene.playground.wait_for_connects("lobby", 2))[-1].peer_id == "2_bot"
    assert scene.by_hand("SELECT peerId, authToken FROM credentials") == [("2_bot", f"{TOKEN}-2")]
    shown = await scene.fleet.command("credentials", "show")
    assert "2_bot" in shown.out
    said = shown.out + json.dumps(await scene.run("credentials", "show"))
    said += json.dumps(await scene.run("status")) + (await scene.fleet.command("logs")).out
    assert TOKEN not in said
    assert SESSION not in said
    assert scene.leaked(TOKEN, SESSION) == []


@pytest.mark.faults
@pytest.mark.long
async def test_corrupt_while_it_runs(scene: Scene) -> None:
    """It is kept aside and written anew from the directory; the account goes on being used."""
    scene.write_credentials(peerId="1_bot", authToken=TOKEN)
    await scene.start()
    damaged = f'{{"peerId": "1_bot", "authToken": "{TOKEN}'
    scene.home.credentials_file.write_text(damaged)
    folder = scene.home.config
    (aside,) = await scene.fleet.until(
        lambda: list(folder.glob("credentials.json.corrupt-*")), "the file to be kept aside"
    )
    assert aside.read_text() == damaged
    assert aside.stat().st_mode & 0o777 == 0o600
    await scene.fleet.until(scene.home.credentials_file.exists, "a sound file")
    assert scene.credentials()["peerId"] == "1_bot"
    await scene.fleet.logged(rf"is no JSON.*kept as {aside.name}")
    scene.playground.drop("lobby")
    assert (await scene.playground.wait_for_connects("lobby", 2))[-1].peer_id == "1_bot"
    assert scene.leaked(TOKEN) == []


@pytest.mark.long
async def test_loose_mode(scene: Scene) -> None:
    """A file that others may read stops the start, with the command that mends it."""
    scene.write_credentials(peerId="1_bot")
    scene.home.credentials_file.chmod(0o644)
    outcome = await scene.fleet.command("run")
    assert outcome.code == 2
    assert f"chmod 600 {scene.home.credentials_file}" in outcome.err
    scene.home.credentials_file.chmod(0o600)
    await scene.start()
    scene.home.credentials_file.chmod(0o644)
    await scene.fleet.logged("others may read it")
    assert "chmod 600" in (await scene.run("credentials", "show"))["problem"]
    scene.home.credentials_file.chmod(0o600)

    async def settled() -> bool:
        return not (await scene.fleet.status()).supervisor.directory.problems

    await scene.fleet.until_told(settled, "no problems")


@pytest.mark.parametrize("kept", ["file", "directory"])
@pytest.mark.some(1)
async def test_conflict(scene: Scene, kept: str) -> None:
    """Both copies stay and status says so, until an operator decides which one counts."""
    moment = "2026-03-01T12:00:00.000Z"
    scene.write_credentials(peerId="1_directory", updatedAt=moment)
    await scene.start()
    scene.write_credentials(peerId="1_file", updatedAt=moment)

    async def problems() -> tuple[str, ...]:
        return (await scene.fleet.status()).supervisor.directory.problems

    (problem,) = await scene.fleet.until_told(problems, "a problem")
    assert "meshvisor credentials keep file|directory" in problem
    assert (await scene.run("credentials", "show"))["problem"] == problem
    assert f"! {problem}" in (await scene.fleet.command("credentials", "show")).out
    assert problem in (await scene.fleet.command("status")).out
    assert scene.credentials()["peerId"] == "1_file"
    assert scene.by_hand("SELECT peerId FROM credentials") == [("1_directory",)]
    shown = await scene.run("credentials", "keep", kept)
    assert (shown["peer_id"], shown["problem"]) == (f"1_{kept}", None)
    assert scene.credentials()["peerId"] == f"1_{kept}"
    assert scene.by_hand("SELECT peerId FROM credentials") == [(f"1_{kept}",)]
    assert await problems() == ()
    assert (await scene.audit())[-1][2] == f"credentials.keep {kept}"


@pytest.mark.faults
@pytest.mark.long
async def test_ten_thousand(scene: Scene) -> None:
    """So many admins and a thousand permissions hold in every room, and can be listed."""
    await scene.run("admin", "list")
    scene.by_hand(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) "
        "INSERT INTO admin_users SELECT printf('%08d-0000-4000-8000-000000000000', i), 'x', NULL, "
        "0, 1 FROM n"
    )
    scene.by_hand(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999) "
        "INSERT INTO command_permissions SELECT printf('command-%04d', i), 'x', 1, '', 0, NULL "
        "FROM n"
    )
    scene.by_hand("INSERT INTO command_permissions VALUES ('ping', 'ping', 1, '', 0, NULL)")
    await scene.start()
    await scene.until_everywhere(CARL, "?ping", FOR_ADMINS)
    last = RoomUser("00009999-0000-4000-8000-000000000000", "last")
    await scene.until_everywhere(last, "?ping", "pong")
    assert len((await scene.run("admin", "list"))["admins"]) == 10_000
    assert " more." in await scene.says(last, "?listperms")
    # Far too many: what they knew holds, and the log says so.
    scene.by_hand(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19999) "
        "INSERT INTO admin_users SELECT printf('%064d', i), 'x', NULL, 0, 1 FROM n"
    )
    await scene.fleet.logged("refresh_admins is too long for one message")
    await scene.until_everywhere(last, "?ping", "pong")
    await scene.until_everywhere(CARL, "?ping", FOR_ADMINS)
