"""`meshvisor init` on a terminal: what is asked, how it looks, and leaving in the middle of it."""

from __future__ import annotations

import io
import json
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from meshvisor.features.fleet.cli.init.terminal import Dialogue
from meshvisor.features.fleet.settings import StaticMesh
from meshvisor.features.watch_party.settings import PlatformSettings
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.load import load_settings
from meshvisor.shared.settings.model import default_settings
from meshvisor.shared.settings.template import template
from tests.mongo import NxServer
from tests.supervisor.cli.conftest import run_process
from tests.supervisor.cli.pseudo_terminal import Terminal, on_terminal

PROGRAM = [sys.executable, "-W", "error", "-m", "meshvisor.supervisor.cli.main", "init"]


def init(home: Home, *arguments: str, columns: int = 80) -> AbstractAsyncContextManager[Terminal]:
    """Run it on a terminal; a database that is not there is given up soon."""
    command = [*PROGRAM, "--home", str(home.root), *arguments]
    return on_terminal(command, columns, MESHVISOR__DATABASE__TIMEOUT="1")


@pytest.fixture(scope="module")
def server() -> Iterator[NxServer]:
    """Return a MongoDB server."""
    folder = Path(tempfile.mkdtemp(prefix="mv-mongo-"))
    with NxServer(folder) as running:
        yield running
    shutil.rmtree(folder)


@pytest.fixture
def uri(server: NxServer) -> str:
    """Return the URI of a database that is empty."""
    return f"{server.uri}/mv_{uuid.uuid4().hex[:8]}"


# ---- A new home ----------------------------------------------------------------------------------


async def test_enter_and_nothing_else(home: Home) -> None:
    """A user who accepts everything has a home to try it on."""
    async with init(home) as terminal:
        for question in (r"Number \[1\]: ", r"Use MongoDB\? \[y/N\]: ", r"User id \(Enter: nobody"):
            await terminal.see(question)
            assert not home.config.exists()
            terminal.type("\r")
        await terminal.see("meshvisor run --playground")
        assert await terminal.exit_code() == 0
    assert load_settings(home, {}) == default_settings()


async def number_of(terminal: Terminal, place: str) -> str:
    """Return what is typed for one of the places where bots may live."""
    shown = await terminal.see(rf"[0-9]+  {place}")
    await terminal.see(r"Number \[1\]: ")
    return f"{shown.split()[-len(place.split()) - 1]}\r"


async def test_a_platform(home: Home) -> None:
    """An address is asked for until it can be one, and its server follows from it."""
    async with init(home) as terminal:
        await terminal.see(r"Number \[1\]: ")
        terminal.type("99\r")
        await terminal.see("a number from 1 to ")
        terminal.type("2\r")
        await terminal.see("Address: ")
        terminal.type("mesh.example\r")
        await terminal.see(r"'mesh.example' must be like https://host")
        terminal.type("https://mesh.example/api\r")
        await terminal.see(r"WebSocket \[wss://mesh.example\]: ")
        terminal.type("\r")
        await terminal.see(r"Use MongoDB\?")
        terminal.type("perhaps\r")
        await terminal.see("Please answer y or n")
        terminal.type("n\r")
        await terminal.see("User id")
        terminal.type("no id\r")
        await terminal.see("'no id' is no user id")
        terminal.type("12345_phone\r")
        await terminal.see("Admin     12345\r\n(.|\n)*meshvisor login")
        assert await terminal.exit_code() == 0
    assert load_settings(home, {}).of(PlatformSettings).url == "https://mesh.example/api"
    assert load_settings(home, {}).of(PlatformSettings).server == "wss://mesh.example"


async def test_meshes_by_hand(home: Home) -> None:
    """Ids are separated in any way, and each is checked."""
    async with init(home, "--admin", "1") as terminal:
        await terminal.see(r"Number \[1\]: ")
        terminal.type("3\r")
        await terminal.see("Meshes: ")
        terminal.type("\r")
        await terminal.see("At least one is needed")
        terminal.type("lobby, a/b\r")
        await terminal.see("'a/b' is no mesh id")
        terminal.type("lobby, cinema lobby\r")
        await terminal.see("WebSocket ")
        terminal.type("\r")
        await terminal.see(r"Use MongoDB\?")
        terminal.type("\r")
        assert await terminal.exit_code() == 0
    settings = load_settings(home, {})
    assert [mesh.id for mesh in settings.each(StaticMesh)] == ["lobby", "cinema"]
    assert 'id = "lobby"' in home.settings_file.read_text()


async def test_a_program(home: Home) -> None:
    """A command is asked for until it can be one, and its words are those of a shell."""
    async with init(home, "--admin", "1") as terminal:
        terminal.type(await number_of(terminal, "On another network"))
        await terminal.see("Name of the mesh")
        terminal.type("\r")
        await terminal.see("Command: ")
        terminal.type("sh -c 'exit\r")
        await terminal.see("A quote is not closed")
        terminal.type("sh -c 'exit 0'\r")
        await terminal.see(r"Use MongoDB\?")
        terminal.type("\r")
        await terminal.see("meshvisor run")
        assert await terminal.exit_code() == 0
    (mesh,) = load_settings(home, {}).each(StaticMesh)
    assert (mesh.id, mesh.transport) == ("bridge", "program")
    assert mesh.own_settings()["command"] == ["sh", "-c", "exit 0"]


async def test_options_are_not_asked_for(home: Home, uri: str) -> None:
    """What options say is taken; JSON goes to stdout, the questions elsewhere."""
    given = ("--mesh", "a", "--mongodb", uri, "--admin", "1", "--json")
    async with init(home, *given) as terminal:
        await terminal.see(r"answers and may be written\.")
        shown = await terminal.see(r"(?s)\{.*\n\}")
        assert json.loads(shown)["admin"] == "1"
        assert await terminal.exit_code() == 0


@pytest.mark.parametrize("keys", ["\x03", "\x04"], ids=["Ctrl+C", "Ctrl+D"])
@pytest.mark.parametrize("answers", [0, 1, 2])
@pytest.mark.some(1)
async def test_leaving(home: Home, keys: str, answers: int) -> None:
    """A user who leaves at any question has changed nothing."""
    async with init(home) as terminal:
        for question in (r"Number \[1\]: ", r"Use MongoDB\? \[y/N\]: ")[:answers]:
            await terminal.see(question)
            terminal.type("\r")
        await terminal.see((r"Number \[1\]: ", r"\[y/N\]: ", r"nobody\): ")[answers])
        terminal.type(keys)
        await terminal.see("Nothing was changed.")
        assert await terminal.exit_code() == 130
    assert list(home.root.iterdir()) == []


# ---- MongoDB -------------------------------------------------------------------------------------


async def test_mongodb(home: Home, uri: str) -> None:
    """One that does not answer can be mended on the spot; decisions of the file are taken along."""
    run_process("init", "--yes", "--home", home.root, "--admin", "1")
    async with init(home, "--mesh", "a", "--force") as terminal:
        await terminal.see(r"Use MongoDB\?")
        terminal.type("y\r")
        await terminal.see(r"URI \[mongodb://localhost:27017/meshvisor\]: ")
        terminal.type("localhost\r")
        await terminal.see("is no MongoDB URI")
        await terminal.see(r"URI \[")
        terminal.type("mongodb://127.0.0.1:1/x\r")
        await terminal.see("nothing\r?\n?.*listens there")
        await terminal.see(r"Number \[1\]: ")
        terminal.type("1\r")
        await terminal.see("What now")
        await terminal.see(r"Number \[1\]: ")
        terminal.type("2\r")
        await terminal.see(r"URI \[")
        terminal.type(f"{uri}\r")
        await terminal.see(r"answers and may be written\.")
        await terminal.see(r"holds 1 admin and 0 permissions(.|\n)*Copy them\? \[Y/n\]: ")
        terminal.type("\r")
        await terminal.see(r"So far: 1 admin\.(.|\n)*nobody\): ")
        terminal.type("2\r")
        await terminal.see("Copied    1 admin and 0 permissions")
        assert await terminal.exit_code() == 0
    admins = run_process("admin", "list", "--home", home.root, "--json").json["admins"]
    assert [admin["user_id"] for admin in admins] == ["1", "2"]


async def test_going_on_without_an_answer(home: Home) -> None:
    """A server that comes later is written all the same; the exit code says that it is away."""
    given = ("--mongodb", "mongodb://127.0.0.1:1/x", "--mesh", "a", "--admin", "7")
    async with init(home, *given) as terminal:
        await terminal.see(r"What now(.|\n)*Number \[1\]: ")
        terminal.type("3\r")
        await terminal.see("meshvisor admin add 7")
        assert await terminal.exit_code() == 3
    assert (home.config / "database.json").exists()


async def test_stopping_without_an_answer(home: Home) -> None:
    """Nothing is written then."""
    async with init(home, "--mongodb", "mongodb://127.0.0.1:1/x", "--mesh", "a") as terminal:
        await terminal.see(r"What now(.|\n)*Number \[1\]: ")
        terminal.type("4\r")
        await terminal.see("Nothing was changed.")
        assert await terminal.exit_code() == 3
    assert list(home.root.iterdir()) == []


@pytest.mark.parametrize("columns", [60, 200])
@pytest.mark.some(1)
async def test_a_password_stays_hidden(home: Home, columns: int) -> None:
    """It is not shown as it is typed, and one within the URI is covered at once."""
    async with init(home, "--mesh", "a", "--admin", "1", columns=columns) as terminal:
        await terminal.see(r"Use MongoDB\?")
        terminal.type("y\r")
        await terminal.see(r"URI \[mongodb://localhost:27017/meshvisor\]: ")
        terminal.type("mongodb://bot:s3cret@127.0.0.1:1/x\r")
        covered = await terminal.see(rf"\x1b\[{2 if columns == 60 else 1}A\r\x1b\[J(.|\n)*Trying")
        assert "s3cret" not in covered
        assert "mongodb://bot:********@127.0.0.1:1/x" in covered
        await terminal.see(r"What now(.|\n)*Number \[1\]: ")
        terminal.type("2\r")
        await terminal.see(r"URI \[")
        terminal.type("mongodb://bot@127.0.0.1:1/x\r")
        await terminal.see("Password .*: ")
        terminal.type("p@ss/word\r")
        shown = await terminal.see(r"What now(.|\n)*Number \[1\]: ")
        assert "p@ss" not in shown
        terminal.type("3\r")
        assert await terminal.exit_code() == 3
    written = json.loads((home.config / "database.json").read_text())
    assert written["uri"].startswith("mongodb://bot:p%40ss%2Fword@127.0.0.1:1/x")


# ---- A home that has something already -----------------------------------------------------------


@pytest.mark.parametrize("answer", ["", "y"])
async def test_settings_of_an_operator(home: Home, answer: str) -> None:
    """They are replaced when that is wanted, and else everything goes on with them."""
    home.config.mkdir()
    home.settings_file.write_text('[[meshes]]\nid = "mine"\n')
    async with init(home, "--admin", "1") as terminal:
        await terminal.see(r"(?s)There is \S+ already.*Replace it \(a copy is kept\)\? \[y/N\]: ")
        terminal.type(f"{answer}\r")
        if answer:
            await terminal.see(r"Number \[1\]: ")
            terminal.type("\r")
        await terminal.see(r"Use MongoDB\?")
        terminal.type("\r")
        await terminal.see("Old copy " if answer else "Kept ")
        assert await terminal.exit_code() == 0
    assert (home.settings_file.read_text() == template()) is bool(answer)


@pytest.mark.parametrize("answer", ["n", "y"])
async def test_settings_that_are_wrong(home: Home, answer: str) -> None:
    """They can be replaced; left as they are, they end it."""
    home.config.mkdir()
    home.settings_file.write_text("[fleet]\nhung_after = 0\n")
    async with init(home, "--admin", "1", "--mesh", "a") as terminal:
        await terminal.see("fleet.hung_after is 0")
        await terminal.see(r"Replace it \(a copy is kept\)\? \[y/N\]: ")
        terminal.type(f"{answer}\r")
        if answer == "y":
            await terminal.see(r"Use MongoDB\?")
            terminal.type("\r")
        assert await terminal.exit_code() == (0 if answer == "y" else 2)


async def test_another_database(home: Home, uri: str) -> None:
    """The file that names one stays unless the user says otherwise."""
    run_process("init", "--yes", "--home", home.root, "--mongodb", uri)
    before = (home.config / "database.json").read_bytes()
    async with init(home, "--mongodb", f"{uri}x", "--mesh", "a", "--admin", "1") as terminal:
        await terminal.see(r"database.json already(.|\n)*Replace it")
        terminal.type("n\r")
        await terminal.see(r"answers and may be written")
        assert await terminal.exit_code() == 0
    assert (home.config / "database.json").read_bytes() == before


# ---- How it looks --------------------------------------------------------------------------------


class Screen(io.StringIO):
    """Text that claims to be a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def test_long_lines_are_broken() -> None:
    """Nothing is wider than the terminal, and what is typed follows the question."""
    stream = Screen()
    dialogue = Dialogue(Screen("2\n"), stream)
    dialogue.say("word " * 40)
    assert dialogue.choose("Which?", ["choice " * 20, "other"]) == 1
    lines = stream.getvalue().splitlines()
    assert max(map(len, lines)) < 80
    assert lines[-1].endswith("Number [1]: ")
    assert any(line.startswith("     choice") for line in lines)


def test_what_is_said_cannot_harm_the_terminal() -> None:
    """Escape sequences are disarmed."""
    stream = io.StringIO()
    Dialogue(io.StringIO(), stream).say("\x1b[2Jhello")
    assert "\x1b" not in stream.getvalue()


def test_no_input_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that was started without an input does not ask."""
    monkeypatch.setattr("sys.stdin", None)
    dialogue = Dialogue(stream=Screen())
    assert not dialogue.is_interactive
    with pytest.raises(KeyboardInterrupt):
        dialogue.ask("Anybody?")
