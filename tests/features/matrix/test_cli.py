"""Setting up a home for Matrix, and what `meshvisor doctor` says of its servers."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest

from meshvisor.features.access.settings import AccountSettings
from meshvisor.features.fleet.settings import FleetSettings, StaticMesh
from meshvisor.features.matrix.cli.doctor import MOST_SERVERS, check
from meshvisor.features.matrix.cli.setup_values import name_of
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.load import load_settings
from meshvisor.supervisor.cli.doctor.finding import Level
from tests.features.fleet.cli.test_init_terminal import init, number_of
from tests.features.fleet.cli.test_transports import write
from tests.homeservers import PASSWORD, Person
from tests.supervisor.cli.conftest import Run
from tests.transports.matrix import People

ROOM = ("--mesh", "lounge", "--matrix", "matrix.org", "--room", "#lounge:matrix.org")


# ---- init ----------------------------------------------------------------------------------------


def test_a_home_by_options(run: Run, home: Home) -> None:
    """Server and room make a mesh with an account, and a second time nothing is to be done."""
    where = ("--home", home.root, "--yes")
    assert run("init", *where, *ROOM).code == 0
    (mesh,) = load_settings(home, {}).each(StaticMesh)
    assert (mesh.id, mesh.transport, mesh.server, mesh.address, mesh.account) == (
        *("lounge", "matrix", "https://matrix.org", "#lounge:matrix.org", "matrix"),
    )
    again = run("init", *where, *ROOM, "--json")
    assert (again.code, again.json["written"]) == (0, [])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--mesh", "a", "--matrix", "a b"), "must be the address of a homeserver"),
        (("--mesh", "a", "--matrix", "x", "--room", "lounge"), "must be the id of a room"),
        (("--mesh", "a", "--room", "#a:b"), "--room belongs to a homeserver"),
        (("--matrix", "x"), "which mesh"),
    ],
)
def test_what_cannot_be(run: Run, home: Home, options: tuple[str, ...], says: str) -> None:
    """Each is one sentence, and nothing is written."""
    answer = run("init", "--home", home.root, "--yes", *options)
    assert (answer.code, says in answer.err) == (2, True), answer.err
    assert not home.config.exists()


async def test_a_home_by_questions(home: Home, people: People, http: aiohttp.ClientSession) -> None:
    """User and password become a token; without a room, those are meshes that the bot is in."""
    person = await Person.register(people.url, http, "init")
    async with init(home, "--admin", "@ann:test.local") as terminal:
        terminal.type(await number_of(terminal, "In rooms of a Matrix homeserver"))
        await terminal.see(r"Homeserver \[https://matrix.org\]: ")
        terminal.type(f"{people.url}\r")
        await terminal.see("Room .*: ")
        terminal.type("lounge\r")
        await terminal.see("must be the id of a room")
        terminal.type("\r")
        await terminal.see("User of the bot .*: ")
        terminal.type(f"{person.user_id}\r")
        await terminal.see("Password: ")
        terminal.type("wrong\r")
        await terminal.see("M_FORBIDDEN")
        terminal.type(f"{person.user_id}\r")
        await terminal.see("Password: ")
        terminal.type(f"{PASSWORD}\r")
        await terminal.see(r"Use MongoDB\?")
        terminal.type("\r")
        shown = await terminal.see("meshvisor run")
        assert "syt_" not in shown
        assert await terminal.exit_code() == 0
    settings = load_settings(home, {})
    assert settings.of(FleetSettings).discovery_accounts == ("matrix",)
    fields = settings.named(AccountSettings)["matrix"].fields()
    assert fields.keys() >= {"server", "token"}
    assert not fields.get("password")
    assert home.settings_file.stat().st_mode & 0o077 == 0
    (finding,) = check(settings)
    assert (finding.level, person.user_id in finding.text) == (Level.OK, True)


def test_names_of_meshes() -> None:
    """A mesh is called like its room, where that can be a name."""
    named = {"#Lounge:a.b": "lounge", "#a/b:c": "room", "!abc": "room"}
    assert {room: name_of(room) for room in named} == named


def test_a_token_that_is_missing(run: Run, home: Home) -> None:
    """The next step says where it belongs, until it stands there; what it says can be loaded."""
    printed = run("init", "--home", home.root, "--yes", *ROOM, "--json").json
    step = f'${{EDITOR:-vi}} {home.settings_file}  # put token = "…" into [accounts.matrix], or '
    assert printed["next"][0].startswith(step), printed["next"]
    (finding,) = check(load_settings(home, {}))
    assert finding.advice == 'put token = "…" into [accounts.matrix], or user and password'
    text = home.settings_file.read_text()
    home.settings_file.write_text(
        text.replace("[accounts.matrix]\n", '[accounts.matrix]\ntoken = "x"\n')
    )
    printed = run("init", "--home", home.root, "--yes", *ROOM, "--json").json
    assert printed["next"][0].startswith("meshvisor run"), printed["next"]


def test_a_mesh_without_its_account(home: Home) -> None:
    """What is advised makes no table stand twice."""
    mesh = MESH.format("http://127.0.0.1:9", "!a:b")
    for text, advice in (
        (mesh, "add [accounts.matrix] with a token"),
        (mesh + WITH.format("x").removeprefix('account = "matrix"\n'), 'add account = "matrix"'),
    ):
        write(home, text)
        (finding,) = check(load_settings(home, {}))
        assert finding.advice.startswith(advice)


def test_more_servers_than_are_tried(home: Home) -> None:
    """Those that are not are counted."""
    mesh = MESH.replace('"a"', '"a{0}"').replace("{}", "http://127.0.0.1:{0}", 1)
    meshes = "".join(
        mesh.replace("{}", "!a:b").format(port) + 'account = "matrix"\n'
        for port in range(1, MOST_SERVERS + 3)
    )
    write(home, meshes + WITH.format("x").removeprefix('account = "matrix"\n'))
    *_, last = check(load_settings(home, {}))
    assert (last.level, last.text) == (Level.WARN, "2 more were not tried")


# ---- doctor --------------------------------------------------------------------------------------


MESH = '[[meshes]]\nid = "a"\ntransport = "matrix"\nserver = "{}"\naddress = "{}"\n'
WITH = 'account = "matrix"\n[accounts.matrix]\ntransport = "matrix"\ntoken = "{}"\n'


async def test_doctor(home: Home, people: People, http: aiohttp.ClientSession) -> None:
    """It says as whom the bot is known, which rooms are encrypted, and what is wrong."""
    person = await people.person(http, "owner")
    secret = {"type": "m.room.encryption", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
    closed = await person.create(initial_state=[secret])
    open_room = await person.create()
    there, none = people.url, "http://127.0.0.1:9"
    for text, found in (
        (MESH.format(there, open_room) + WITH.format(person.token), [person.user_id]),
        (
            MESH.format(there, closed) + WITH.format(person.token),
            [person.user_id, f"{closed} is encrypted"],
        ),
        (
            MESH.format(there, "#none:test.local") + WITH.format(person.token),
            [person.user_id, "there is no room #none:test.local"],
        ),
        (MESH.format(there, open_room) + WITH.format("nonsense"), ["M_UNKNOWN_TOKEN"]),
        (MESH.format(there, open_room), ["nothing to log in with"]),
        (
            MESH.format(there + "/x", open_room) + WITH.format("x"),
            ["does not answer like a Matrix"],
        ),
        (
            MESH.format(none, open_room) + WITH.format("x"),
            ["cannot be reached: connection refused"],
        ),
        (
            MESH.format("", open_room).replace('server = ""\n', "") + WITH.format("x"),
            ["it names no homeserver"],
        ),
    ):
        write(home, text)
        findings = [finding.text for finding in check(load_settings(home, {}))]
        assert len(findings) == len(found), findings
        assert all(words in text for words, text in zip(found, findings, strict=True)), findings


# ---- Settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('address = "lounge"', "must be the id of a room"),
        ('server = "x y"', "must be the address of a homeserver"),
        ('speech = "shout"', '"notice", "text"'),
        ("max_bytes = 10", "max_bytes"),
        ('via = ["a b"]', "via"),
        ('certificate_sha256 = "12"', "64 hexadecimal digits"),
        ('colour = "red"', "colour"),
    ],
)
def test_wrong_settings(run: Run, home: Home, line: str, says: str) -> None:
    """Each is refused with what is allowed."""
    mesh = f'[[meshes]]\nid = "!a:b"\ntransport = "matrix"\n{line}\n'.replace("!a:b", "a")
    if "address" not in line:
        mesh += 'address = "!a:b"\n'
    answer = run("config", "check", *write(home, mesh))
    assert answer.code == 2
    assert says in answer.out + answer.err, answer.out + answer.err


def test_wrong_accounts(run: Run, home: Home) -> None:
    """What is secret is not repeated."""
    for line, says in (
        ('token = "a b"', "token must not contain blanks"),
        ('user = "@a:b"', "user and password belong together"),
        ('user = "a b"', "must be a user id"),
        ('server = "ftp://x"', "must be the address of a homeserver"),
    ):
        account = f"[accounts.m]\ntransport = 'matrix'\n{line}\n"
        answer = run("config", "check", *write(home, account))
        assert answer.code == 2
        assert says in answer.out + answer.err, answer.out + answer.err


def test_the_page() -> None:
    """Every setting stands in docs/matrix.md."""
    from meshvisor.features.matrix.mesh_settings import MatrixAccount, MatrixSettings

    page = (Path(__file__).parents[3] / "docs" / "matrix.md").read_text()
    for name in (*MatrixSettings.model_fields, *MatrixAccount.model_fields):
        assert f"`{name}`" in page, name
