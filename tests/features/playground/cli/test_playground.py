"""`meshvisor playground`: the local mesh server by itself, and its faults on request."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from urllib.request import Request, urlopen

import pytest

from meshvisor.features.playground.cli.faults import FAULTS
from meshvisor.features.watch_party.cli.chat.command import server_of
from meshvisor.shared.paths import Home
from meshvisor.supervisor.cli.command import Invocation
from tests.supervisor.cli.conftest import MESHVISOR, PROJECT, Run


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of `meshvisor playground` with two empty rooms."""
    home = tmp_path_factory.mktemp("home")
    options = ["--port", "0", "--rooms", "2", "--residents", "0"]
    process = subprocess.Popen(
        [*MESHVISOR, "playground", *options, "--home", str(home)],
        stdout=subprocess.PIPE, text=True, cwd=PROJECT,
    )  # fmt: skip
    assert process.stdout is not None
    yield json.loads(process.stdout.readline())["server"]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode == 0


def test_state(run: Run, address: str) -> None:
    """The rooms are listed."""
    outcome = run("playground", "state", "--server", address)
    assert outcome.out.splitlines()[1:] == [
        "  lobby: 0 here, 0 messages",
        "  cinema: 0 here, 0 messages",
    ]


def test_state_shows_links(run: Run, address: str) -> None:
    """The output of the playground has the link that a user waits for."""
    url = address.replace("ws://", "http://")
    content = json.dumps({"email": "bot@example.org", "deviceId": "d"}).encode()
    with urlopen(Request(f"{url}/auth/link", content), timeout=10) as answer:
        link = json.load(answer)["data"]["link"]
    outcome = run("playground", "state", "--server", address)
    assert re.search(
        rf"^  link for bot@example\.org, (9m \d\ds|10m 00s) left: {re.escape(link)}$",
        outcome.out,
        re.MULTILINE,
    )
    assert run("playground", "login", "--click", "--server", address).out == (
        "Done: login everywhere (links 1).\n"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("kick", "lobby"), "Done: kick lobby (peers 0)."),
        (("close", "lobby"), "Done: close lobby (peers 0)."),
        (("drop",), "Done: drop everywhere (peers 0)."),
        (("refuse", "lobby", "--status", "503", "--times", "2"),
         "Done: refuse lobby (status 503, times 2)."),
        (("refuse", "--api", "--times", "1"), "Done: refuse everywhere (status 503, times 1)."),
        (("stall", "cinema"), "Done: stall cinema."),
        (("silent", "lobby"), "Done: silent lobby (rooms 1)."),
        (("mend",), "Done: mend everywhere."),
        (("garbage", "lobby", "--kind", "harmless"), None),
        (("storm", "lobby", "--count", "5"), "Done: storm lobby (messages 5)."),
        (("open", "attic", "--kinds", "public"), None),
        (("end", "attic"), "Done: end attic (peers 0)."),
        (("login", "--expire"), "Done: login everywhere (links 0)."),
        (("logout",), "Done: logout everywhere (invalid 0)."),
    ],
)  # fmt: skip
def test_faults(run: Run, address: str, arguments: tuple[str, ...], said: str | None) -> None:
    """Every fault can be asked for, and the playground says what it did."""
    outcome = run("playground", *arguments, "--server", address)
    assert outcome.code == 0, outcome.err
    assert said is None or outcome.out == f"{said}\n"


def test_down(run: Run, address: str) -> None:
    """The server can be gone for a while."""
    outcome = run("playground", "down", "--seconds", "1", "--server", address, "--json")
    assert outcome.json == {"seconds": 1}
    while not run("playground", "state", "--server", address).code:
        pass
    while run("playground", "state", "--server", address).code:
        pass


def test_playground_knows_all_faults(run: Run, address: str) -> None:
    """There is a command for each fault of the playground, and no other."""
    outcome = run("playground", "state", "--server", address, "--json")
    assert {fault.name for fault in FAULTS.values()} == set(outcome.json["faults"])


def test_no_playground(run: Run, home: Home) -> None:
    """Without a playground the next step is named; exit code 3."""
    outcome = run("playground", "drop", "--server", "ws://127.0.0.1:1", "--home", home.root)
    assert outcome.code == 3
    assert "meshvisor run --playground" in outcome.err


def test_port_that_is_taken(address: str, home: Home) -> None:
    """A port that is taken is one sentence."""
    port = address.rpartition(":")[2]
    done = subprocess.run(
        [*MESHVISOR, "playground", "--port", port, "--home", home.root],
        capture_output=True, text=True, cwd=PROJECT, timeout=20, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "cannot listen" in done.stderr


# ---- Where a room is -----------------------------------------------------------------------------


def invocation(home: Home) -> Invocation:
    """Return what `--home` leads to."""
    result = Invocation()
    result.set_home(str(home.root))
    return result


def test_server_of_a_running_mesh(served: Home) -> None:
    """The supervisor knows where its meshes are, and where others probably are."""
    assert server_of(invocation(served), "room-1") == "ws://127.0.0.1:8484"
    assert server_of(invocation(served), "elsewhere") == "ws://127.0.0.1:8484"


def test_server_from_the_settings(home: Home) -> None:
    """Without a supervisor the settings say it, for the mesh or for all."""
    home.config.mkdir()
    home.settings_file.write_text(
        '[platform]\nserver = "ws://all.example"\n'
        '[[meshes]]\nid = "far"\nserver = "ws://far.example"\n'
    )
    assert server_of(invocation(home), "lobby") == "ws://all.example"
    assert server_of(invocation(home), "far") == "ws://far.example"
