"""Setting up a home for IRC, and what `meshvisor doctor` says of its servers."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from meshvisor.features.access.settings import AccountSettings
from meshvisor.features.fleet.settings import StaticMesh
from meshvisor.features.irc.address import check_server
from meshvisor.features.irc.cli.doctor import MOST_SERVERS, check
from meshvisor.features.irc.cli.setup_values import name_of
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.load import load_settings
from meshvisor.supervisor.cli.doctor.finding import Level
from tests.features.fleet.cli.test_init_terminal import init
from tests.features.fleet.cli.test_transports import write
from tests.supervisor.cli.conftest import Run

NETWORK = ("--mesh", "libera", "--irc", "irc.libera.chat", "--channels", "#a,b", "--nick", "mybot")


# ---- init ----------------------------------------------------------------------------------------


def test_a_home_by_options(run: Run, home: Home) -> None:
    """Server, channels and nick make a mesh, and a second time nothing is to be done."""
    where = ("--home", home.root, "--yes")
    assert run("init", *where, *NETWORK).code == 0
    settings = load_settings(home, {})
    (mesh,) = settings.each(StaticMesh)
    assert (mesh.id, mesh.transport, mesh.server, mesh.address) == (
        *("libera", "irc", "ircs://irc.libera.chat:6697", "#a"),
    )
    own = mesh.own_settings()
    assert (own["channels"], own["nick"]) == (["#b"], "mybot")
    again = run("init", *where, *NETWORK, "--json")
    assert (again.code, again.json["written"]) == (0, [])
    assert again.json["next"][-1] == f"meshvisor admin add USER_ID --realm irc --home {home.root}"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--mesh", "a", "--irc", "a b"), "must be host, host:port"),
        (("--mesh", "a", "--irc", "http://x"), "must be host, host:port"),
        (("--mesh", "a", "--irc", "x:0"), "ports are 1 to 65535"),
        (("--irc", "x"), "which mesh"),
        (("--mesh", "a", "--nick", "x"), "--nick belongs to an IRC server"),
        (("--mesh", "a", "--irc", "x", "--nick", "9x"), "is no nick"),
        (("--mesh", "a", "--irc", "x", "--channels", ","), "At least one channel"),
        (("--mesh", "a", "--irc", "x", "--command", "sh"), "elsewhere by another"),
    ],
)
def test_what_cannot_be(run: Run, home: Home, options: tuple[str, ...], says: str) -> None:
    """Each is one sentence, and nothing is written."""
    answer = run("init", "--home", home.root, "--yes", *options)
    assert (answer.code, says in answer.err) == (2, True), answer.err
    assert not home.config.exists()


async def test_a_home_by_questions(home: Home) -> None:
    """A network is one of the answers to where bots live; an account logs in with its password."""
    async with init(home, "--admin", "ann") as terminal:
        await terminal.see(r"On an IRC network")
        await terminal.see(r"Number \[1\]: ")
        terminal.type("4\r")
        await terminal.see(r"Server \[irc.libera.chat\]: ")
        terminal.type("irc.example.org:6697\r")
        await terminal.see("Channels: ")
        terminal.type("\r")
        await terminal.see("At least one channel is needed")
        terminal.type("#lobby, #help\r")
        await terminal.see(r"Nick of the bot \[meshvisor\]: ")
        terminal.type("helper\r")
        await terminal.see(r"Name of the mesh \[example\]: ")
        terminal.type("\r")
        await terminal.see(r"Account \(Enter: none\): ")
        terminal.type("helper\r")
        await terminal.see("Password: ")
        terminal.type("s3cret\r")
        await terminal.see(r"Use MongoDB\?")
        terminal.type("\r")
        shown = await terminal.see("meshvisor run")
        assert "s3cret" not in shown
        assert await terminal.exit_code() == 0
    settings = load_settings(home, {})
    (mesh,) = settings.each(StaticMesh)
    assert (mesh.id, mesh.address, mesh.account) == ("example", "#lobby", "irc")
    fields = settings.named(AccountSettings)["irc"].fields()
    assert fields == {"account": "helper", "password": "s3cret"}
    assert home.settings_file.stat().st_mode & 0o077 == 0


def test_names_of_meshes() -> None:
    """A mesh is called like its network, where that can be a name."""
    named = {
        "irc.libera.chat": "libera",
        "chat.example.org": "chat",
        "irc": "irc",
        "10.0.0.1": "irc",
    }
    assert {host: name_of(host) for host in named} == named


# ---- doctor --------------------------------------------------------------------------------------


@contextmanager
def saying(*lines: str) -> Iterator[int]:
    """Say lines to each client that connects, one for each that comes; return the port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection, connection.makefile("rb") as said:
                for line in lines:
                    said.readline()
                    connection.sendall(line.encode() + b"\r\n")
                said.readline()

        thread = threading.Thread(target=serve, name="irc server")
        thread.start()
        yield listening.getsockname()[1]
        thread.join()


def found(home: Home, text: str) -> tuple[Level, str, str]:
    """Return the only finding about settings."""
    write(home, text)
    (finding,) = check(load_settings(home, {}), str(home.root))
    return finding.level, finding.text, finding.advice


MESH = '[[meshes]]\nid = "a"\ntransport = "irc"\nserver = "{}"\naccount = "irc"\n'
ACCOUNT = '[accounts.irc]\ntransport = "irc"\naccount = "acc"\npassword = "pw"\n'


def test_a_server_that_takes_the_login(home: Home) -> None:
    """It is said how fast it answers, whether with TLS, and as whom the bot logs in."""
    answers = [
        "CAP * LS :sasl=PLAIN",
        "CAP * ACK :sasl",
        "AUTHENTICATE +",
        ":s 900 * a!b@c acc :in\r\n:s 903 * :ok",
    ]
    with saying(*answers) as port:
        level, text, _ = found(home, MESH.format(f"irc://127.0.0.1:{port}") + ACCOUNT)
    assert level is Level.OK
    where = re.escape(f"irc://127.0.0.1:{port}")
    assert re.fullmatch(rf"{where} answers in .* ms, without TLS, the bot logs in as acc", text)


@pytest.mark.parametrize(
    ("answers", "words", "advice"),
    [
        (
            ["CAP * LS :sasl", "CAP * ACK :sasl", ":s 904 * :no"],
            "did not let the bot log in",
            "PASS",
        ),
        (["CAP * LS :batch"], "offers no SASL at the moment", "try again in a while"),
        (["ERROR :Trying to reconnect too fast."], "reconnect too fast", "try again in a while"),
        (["HTTP/1.1 400 Bad Request"], "does not answer like an IRC server", "port 6697"),
    ],
)
def test_a_server_that_does_not(home: Home, answers: list[str], words: str, advice: str) -> None:
    """Each is one sentence, and says what to do."""
    with saying(*answers) as port:
        level, text, what = found(home, MESH.format(f"irc://127.0.0.1:{port}") + ACCOUNT)
    assert (level, words in text, advice in what) == (Level.FAIL, True, True), (text, what)


def test_a_mesh_that_names_no_server(home: Home) -> None:
    """That is found before anything is started."""
    level, _, advice = found(home, '[[meshes]]\nid = "a"\ntransport = "irc"\n')
    assert (level, advice) == (Level.FAIL, 'add server = "host" to its entry')


def test_nothing_listens(home: Home) -> None:
    """What cannot be reached is said with where it was looked for."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    level, text, _ = found(home, MESH.format(f"127.0.0.1:{port}").replace('account = "irc"\n', ""))
    assert level is Level.FAIL
    assert text == f"ircs://127.0.0.1:{port} cannot be reached: connection refused"


def test_more_servers_than_are_tried(home: Home) -> None:
    """Those that are not are counted."""
    free = [socket.create_server(("127.0.0.1", 0)) for _ in range(MOST_SERVERS + 2)]
    ports = [one.getsockname()[1] for one in free]
    for one in free:
        one.close()
    mesh = '[[meshes]]\nid = "a{0}"\ntransport = "irc"\nserver = "127.0.0.1:{0}"\n'
    for count, rest in (
        (MOST_SERVERS, []),
        (MOST_SERVERS + 2, [(Level.WARN, "2 more were not tried")]),
    ):
        write(home, "".join(mesh.format(port) for port in ports[:count]))
        findings = list(check(load_settings(home, {}), str(home.root)))
        assert {finding.level for finding in findings[:MOST_SERVERS]} == {Level.FAIL}
        assert [(one.level, one.text) for one in findings[MOST_SERVERS:]] == rest


# ---- Settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("irc.example.org", "ircs://irc.example.org:6697"),
        ("irc.example.org:7000", "ircs://irc.example.org:7000"),
        ("[2001:db8::1]:6697", "ircs://[2001:db8::1]:6697"),
        ("irc://localhost", "irc://localhost:6667"),
        ("ircs://a/", "ircs://a:6697"),
    ],
)
def test_addresses(text: str, meant: str) -> None:
    """With TLS, unless it is said that there is none."""
    assert check_server(text) == meant
    assert check_server(meant) == meant


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('address = "#a b"', "must be the name of a channel"),
        ('server = "x y"', "must be host, host:port"),
        ('nick = "9"', "must be a nick"),
        ('channels = ["a,b"]', "must be the name of a channel"),
        ('invites = "all"', '"ignore", "accounts", "anybody"'),
        ('certificate_sha256 = "12"', "64 hexadecimal digits"),
        ("gap = -1", "gap"),
        ('colour = "red"', "colour"),
    ],
)
def test_wrong_settings(run: Run, home: Home, line: str, says: str) -> None:
    """Each is refused with what is allowed."""
    mesh = f'[[meshes]]\nid = "a"\ntransport = "irc"\n{line}\n'
    answer = run("config", "check", *write(home, mesh))
    assert answer.code == 2
    assert says in answer.out + answer.err, answer.out + answer.err


def test_wrong_accounts(run: Run, home: Home) -> None:
    """What is secret is not repeated."""
    for line, says in (("keys = '#a'", "#channel=key"), ("passwort = 'x'", "passwort")):
        account = f"[accounts.irc]\ntransport = 'irc'\n{line}\n"
        answer = run("config", "check", *write(home, account))
        assert answer.code == 2
        assert says in answer.out + answer.err


def test_the_page(run: Run, home: Home) -> None:
    """Every setting stands in docs/irc.md."""
    from meshvisor.features.irc.mesh_settings import IrcAccount, IrcSettings

    page = (Path(__file__).parents[3] / "docs" / "irc.md").read_text()
    for name in (*IrcSettings.model_fields, *IrcAccount.model_fields):
        assert f"`{name}`" in page, name
