"""Setting up a home for a radio, and what `meshvisor doctor` says of it."""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshvisor.features.fleet.settings import StaticMesh
from meshvisor.features.meshtastic.cli.doctor import MOST_RADIOS, check
from meshvisor.features.meshtastic.cli.setup_values import serial_ports
from meshvisor.features.meshtastic.mesh_settings import RadioSettings
from meshvisor.features.meshtastic.wire.client_api import LoRaConfig
from meshvisor.features.meshtastic.worker.warm_up import SETTINGS
from meshvisor.playground.radio.radio import Radio
from meshvisor.playground.radio.server import RadioServer
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.load import load_settings
from meshvisor.supervisor.cli.doctor.finding import Level
from tests.features.fleet.cli.test_init_terminal import init
from tests.features.fleet.cli.test_transports import write
from tests.features.meshtastic.process import RadioProcess
from tests.irc_servers import free_port
from tests.mosquitto import Mosquitto
from tests.programs import MOSQUITTO, require
from tests.supervisor.cli.conftest import Run

DOCS = Path(__file__).parents[3] / "docs/meshtastic.md"

MESH = '[[meshes]]\nid = "radio"\ntransport = "meshtastic"\nserver = "{}"\n'


@pytest.fixture
def radio() -> Iterator[RadioServer]:
    """Run a radio in a loop of its own: the doctor has none."""
    ready, loop = threading.Event(), asyncio.new_event_loop()
    made: list[RadioServer] = []

    async def serve() -> None:
        made.append(RadioServer(Radio(7, loop.time)))
        await made[0].open()
        ready.set()

    def run() -> None:
        loop.run_until_complete(serve())
        loop.run_forever()
        loop.run_until_complete(made[0].close())

    thread = threading.Thread(target=run, name="radio")
    thread.start()
    assert ready.wait(60)
    yield made[0]
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def found(home: Home, text: str, *, is_running: bool = False) -> tuple[Level, str, str]:
    """Return the last finding about settings."""
    write(home, text)
    finding = list(check(load_settings(home, {}), is_running=is_running))[-1]
    return finding.level, finding.text, finding.advice


def test_a_home_by_options(run: Run, home: Home) -> None:
    """A radio makes a mesh; commands in channels are answered only where they are allowed."""
    given = ("--home", home.root, "--yes", "--mesh", "radio", "--radio", "radio.lan")
    assert run("init", *given).code == 0
    (mesh,) = load_settings(home, {}).each(StaticMesh)
    assert (mesh.id, mesh.transport, mesh.server) == ("radio", "meshtastic", "radio.lan:4403")
    assert (mesh.places, mesh.answered_places()) == (None, ())
    assert mesh.own_settings() == SETTINGS
    answer = run("init", *given[:-1], "http://radio", "--json")
    assert (answer.code, "A radio must be host" in answer.err) == (2, True), answer.err


async def test_a_home_by_questions(home: Home) -> None:
    """Where it is and what it is called is all that is asked."""
    async with init(home, "--admin", "!a1b2c3d4") as terminal:
        line = await terminal.see(r"\d+  On a Meshtastic radio")
        await terminal.see(r"Number \[1\]: ")
        terminal.type(f"{line.split()[0]}\r")
        await terminal.see(r"Radio \[.*\]: ")
        terminal.type("/dev/ttyUSB7\r")
        await terminal.see(r"Name of the mesh \[radio\]: ")
        terminal.type("\r")
        await terminal.see(r"Use MongoDB\?")
        terminal.type("\r")
        await terminal.see("meshvisor run")
        assert await terminal.exit_code() == 0
    (mesh,) = load_settings(home, {}).each(StaticMesh)
    assert (mesh.id, mesh.server) == ("radio", "/dev/ttyUSB7")


def test_serial_ports(tmp_path: Path) -> None:
    """Those that are plugged in are offered by their lasting names."""
    (tmp_path / "usb-radio").touch()
    assert serial_ports(tmp_path) == [str(tmp_path / "usb-radio")]
    assert serial_ports(tmp_path / "none") == []


def test_more_radios_than_are_visited(home: Home) -> None:
    """Those that are not are counted; where none is visited, there is nothing to count."""
    entry = '[[meshes]]\nid = "r{0}"\ntransport = "meshtastic"\nserver = "/dev/no-radio-{0}"\n'
    text = "".join(entry.format(number) for number in range(MOST_RADIOS + 3))
    assert found(home, text)[:2] == (Level.WARN, "3 more were not tried")
    assert found(home, text, is_running=True)[0] is Level.OK


def test_a_radio_that_answers(home: Home, radio: RadioServer) -> None:
    """Its firmware, channels and share of an hour are shown; a running bot is left alone."""
    level, text, _ = found(home, MESH.format(radio.address))
    assert level is Level.OK
    assert re.fullmatch(
        rf"{radio.address} answers in .*, firmware 2\.8\.0\.playground, 2 channels, "
        r"it may send 100 % of an hour",
        text,
    )
    level, text, _ = found(home, MESH.format(radio.address), is_running=True)
    assert (level, "is not visited" in text) == (Level.OK, True)
    level, text, _ = found(home, MESH.format(radio.address) + 'address = "Sea"\n')
    assert (level, "no channel #Sea; it has #LongFast, #Hiking" in text) == (Level.FAIL, True)
    level, text, _ = found(home, MESH.format(radio.address) + 'places = ["#Nope", "#Hiking"]\n')
    assert (level, "places names #Nope, where no command is answered" in text) == (Level.WARN, True)
    two = MESH.format(radio.address) + MESH.format(radio.address).replace('"radio"', '"other"')
    assert "another mesh is the client" in found(home, two)[1]
    radio.radio.lora = LoRaConfig(region=0)
    level, text, _ = found(home, MESH.format(radio.address))
    assert (level, "has no region" in text) == (Level.FAIL, True)


def test_no_radio(home: Home) -> None:
    """Each reason is one sentence with what to do."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(1000):
                    pass

        thread = threading.Thread(target=answer)
        thread.start()
        assert "does not answer like a radio" in found(home, MESH.format(f"127.0.0.1:{port}"))[1]
        thread.join()
    level, text, advice = found(home, MESH.format(f"127.0.0.1:{port}"))
    assert level is Level.FAIL
    assert text == f"127.0.0.1:{port} cannot be reached: connection refused"
    assert "Wi-Fi" in advice
    assert "ls /dev/serial/by-id" in found(home, MESH.format("/dev/there-is-none"))[2]
    nowhere = '[[meshes]]\nid = "radio"\ntransport = "meshtastic"\n'
    assert "where its radio is" in found(home, nowhere)[1]


BROKER = (
    MESH
    + """account = "air"
[accounts.air]
transport = "meshtastic"
user = "ann"
password = "{}"
"""
)


def test_a_broker(home: Home, tmp_path: Path) -> None:
    """The account of the mesh is let in, or the broker's reason is said."""
    require(MOSQUITTO)
    users = tmp_path / "users"
    subprocess.run(["mosquitto_passwd", "-c", "-b", str(users), "ann", "right"], check=True)
    with Mosquitto(tmp_path, free_port(), users) as broker:
        server = f"mqtt://127.0.0.1:{broker.port}"
        level, text, _ = found(home, BROKER.format(server, "right"))
        assert (level, f"{server} lets the bot as ann in" in text) == (Level.OK, True)
        level, text, advice = found(home, BROKER.format(server, "wrong"))
        assert level is Level.FAIL
        assert text.startswith(f"{server} does not let the bot in: ")
        assert "correct its account" in advice
        assert "add account" in found(home, MESH.format(server))[2]
    level, text, _ = found(home, MESH.format(server))
    assert (level, "cannot be reached: connection refused" in text) == (Level.FAIL, True)


@pytest.mark.parametrize(
    ("says", "sentence"),
    [
        (
            b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n" + b" " * 99,
            "like a broker",
        ),
        (b"\x20\xff\xff\xff\xff\xff", "like a broker"),
        (b"\x20\x02\x00\x03", "it is not available"),
        (b"\x20\x02\x00\x00\x90\x03\x00\x01\x80", "does not allow the topic msh/2/e/#"),
    ],
)
def test_no_broker(home: Home, says: bytes, sentence: str) -> None:
    """What listens there is no broker, or one that refuses."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(says)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(1000):
                    pass

        thread = threading.Thread(target=answer)
        thread.start()
        level, text, _ = found(home, MESH.format(f"mqtt://127.0.0.1:{server.getsockname()[1]}"))
        thread.join()
    assert (level, sentence in text) == (Level.FAIL, True), text


def test_the_playground(home: Home) -> None:
    """What is typed is said to the bot, and faults have words."""
    with RadioProcess(home, "--residents", "2") as radio:
        radio.type("/nodes")
        assert radio.until("You") == "  You (!20000000)"
        assert "at 38." in radio.until("Hilltop")
        host, _, port = radio.server.partition(":")
        with socket.create_connection((host, int(port))) as client:
            radio.until("A client has come.")
            radio.type("/off")
            radio.until("The radio is off.")
            with pytest.raises(ConnectionResetError):
                client.recv(1)
        radio.type("/what")
        assert "say it to the bot alone" in radio.until("?ping")


def test_options_of_rooms(run: Run, home: Home) -> None:
    """What a radio network has no use for is refused."""
    answer = run("playground", "--kind", "radio", "--rooms", "3")
    assert (answer.code, "--rooms is about rooms" in answer.err) == (2, True), answer.err


def test_documented() -> None:
    """Every setting stands in docs/meshtastic.md."""
    text = DOCS.read_text()
    for name in RadioSettings.model_fields:
        assert f"`{name}`" in text
