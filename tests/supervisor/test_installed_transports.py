"""Transports of installed packages: found, used, and when they are broken no trouble for others."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.fleet import Fleet
from tests.wire.install import install_entry_point, install_wire
from tests.wire.network import WireNetwork

KIND = """
from meshvisor.shared.transports import TransportKind

KIND = TransportKind(name="odd", what="an odd thing", entry="mesh_odd.transport:make"{more})
"""

BROKEN: dict[str, tuple[dict[str, str], str]] = {
    "at its import": (
        {"__init__.py": "raise ImportError('no libodd')"},
        "cannot be loaded from mesh_odd:KIND: ImportError('no libodd')",
    ),
    "by exiting": (
        {"__init__.py": "raise SystemExit(3)"},
        "cannot be loaded from mesh_odd:KIND: SystemExit(3)",
    ),
    "as something else": (
        {"__init__.py": "KIND = 'a text'"},
        "mesh_odd:KIND is no TransportKind of the name 'odd'",
    ),
    "in its settings": (
        {
            "__init__.py": KIND.format(more=', settings="mesh_odd.settings:Odd"'),
            "settings.py": "import no_such_package",
        },
        "cannot be loaded from mesh_odd.settings:Odd: ModuleNotFoundError",
    ),
    "in the worker": (
        {"__init__.py": KIND.format(more=""), "transport.py": "import no_such_package"},
        "cannot be loaded from mesh_odd.transport:make: ModuleNotFoundError",
    ),
    "when one is made": (
        {
            "__init__.py": KIND.format(more=""),
            "transport.py": "def make(address, timings):\n    return 1 / 0",
        },
        "cannot be made: ZeroDivisionError",
    ),
}

TALKER = """
import json, sys

def tell(**said):
    print(json.dumps(said), flush=True)

for line in sys.stdin:
    match json.loads(line):
        case {"type": "join"}:
            tell(type="joined", self={"id": "bot"})
            tell(type="message", user={"id": "ann"}, text="?ping")
        case {"type": "say", "text": text}:
            tell(type="log", text=f"the bot says {text}")
        case {"type": "leave"}:
            break
"""
"""A program that asks the bot once, and logs what it says."""

LISTING_FAULTS = {
    "down": "the network of the account wires cannot be asked: the wire is cut",
    "raise": "its transport raised KeyError('rooms')",
    "crash": "has ended without an answer; see: meshvisor logs discovery",
}
"""What a look for meshes says of each."""

IN_WORKER = {"in the worker", "when one is made"}
"""What is noticed there first."""

MakeFleet = Callable[..., Fleet]


@pytest.fixture
def packages(home: Home, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder in which every process of the test finds installed packages."""
    folder = home.root / "packages"
    folder.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return folder


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    """Return a mesh server with one room."""
    async with Playground(["lobby"]) as server:
        yield server


@pytest.fixture
async def make_fleet(home: Home, playground: Playground) -> AsyncIterator[MakeFleet]:
    """Return a function that makes a fleet of the room `lobby` and of one mesh `other`."""
    made: list[Fleet] = []

    def make(**other: Any) -> Fleet:
        sections = {
            "platform": {"login": "none", "server": playground.server},
            "commands": {"cooldown": 0},
            "accounts.odd": {"transport": other["transport"], "token": "a secret"},
            "meshes": [{"id": "lobby"}, {"id": "other", **other}],
        }
        if other.get("account") is None:
            del sections["accounts.odd"]
        made.append(Fleet(home, sections))
        return made[-1]

    yield make
    for fleet in made:
        await fleet.close()


def install_odd(folder: Path, files: dict[str, str]) -> None:
    """Install a package with the transport `odd`."""
    (folder / "mesh_odd").mkdir()
    for name, text in files.items():
        (folder / "mesh_odd" / name).write_text(text)
    install_entry_point(folder, "mesh-odd", "odd", "mesh_odd:KIND")


async def test_one_that_works(
    make_fleet: MakeFleet, packages: Path, home: Home, playground: Playground
) -> None:
    """Beside rooms, with settings of its own, and shown as what it is."""
    install_wire(packages)
    async with WireNetwork(home.root / "wire.sock") as network:
        fleet = make_fleet(transport="wire", path=str(network.path), address="#there")
        out = (await fleet.command("config", "check")).out
        assert "(1 watch-party, 1 wire)" in out
        await fleet.start()
        await fleet.all_are(MeshState.CONNECTED, 2)
        network.speak("?ping", "#there")
        await network.has_heard("pong", "#there")
        assert (await playground.ask("lobby", "?ping")).text == "pong"
        mesh = await fleet.mesh("other")
        assert mesh is not None
        assert (mesh.transport, mesh.address) == ("wire", "#there")
        listed = (await fleet.command("meshes", "list")).out
        assert "wire #there" in listed
        assert "#there" in (await fleet.command("meshes", "show", "other")).out


@pytest.mark.long
async def test_servers_of_its_own(make_fleet: MakeFleet, packages: Path) -> None:
    """How they are written is its own matter; one that it does not take, or has not, is refused."""
    more = ', has_server=True, check_server="mesh_odd.servers:check"'
    check = """def check(server):
        if "@" in server:
            raise ValueError("must be without @")
        return server.lower()
    """
    install_odd(packages, {"__init__.py": KIND.format(more=more), "servers.py": check})
    fleet = make_fleet(transport="odd", server="IRC.example.org:6667")
    assert (await fleet.command("config", "check")).code == 0
    assert '"irc.example.org:6667"' in (await fleet.command("config", "show", "--json")).out
    doctor = await fleet.command("doctor")
    assert "Traceback" not in doctor.err
    assert "irc.example.org" not in doctor.out
    other: dict[str, Any] = {"id": "other", "transport": "odd", "server": "me@there"}
    program = {"transport": "program", "command": ["cat"], "server": "there:1"}
    for entry, says in (
        (other, 'server is "me@there"; it must be without @'),
        (other | {"transport": "watch-party"}, 'server is "me@there"; it must be like ws://'),
        ({"id": "other", **program}, "has a server, but a program has none; remove it"),
        ({"id": "other", "command": ["cat"]}, 'a program has: add transport = "program"'),
    ):
        fleet.write_settings({"meshes": [entry]})
        assert says in (await fleet.command("config", "check")).err


@pytest.mark.long
@pytest.mark.parametrize("how", BROKEN)
async def test_one_that_is_broken(
    make_fleet: MakeFleet, packages: Path, playground: Playground, how: str
) -> None:
    """It is said in one sentence wherever one looks, and the room next to it works."""
    files, says = BROKEN[how]
    install_odd(packages, files)
    has_account = how not in {*IN_WORKER, "in its settings"}
    fleet = make_fleet(transport="odd", **({"account": "odd"} if has_account else {}))
    checked = await fleet.command("config", "check")
    assert checked.code == 0
    assert (says in checked.out) is (how not in IN_WORKER)
    assert "Traceback" not in checked.out + checked.err
    await fleet.start()
    await fleet.worker("lobby")
    await playground.wait_for_peer("lobby")
    mesh = await fleet.mesh_is("other", MeshState.DISCONNECTED)
    assert says in str(mesh.last_error)
    assert (mesh.restarts, mesh.trouble, mesh.is_healthy) == (0, "broken", False)
    assert mesh.connection_attempts > 0
    doctor = await fleet.command("doctor")
    if how != "when one is made":
        assert "fail  mesh other: " in doctor.out
        assert says in doctor.out
    assert (await playground.ask("lobby", "?ping")).text == "pong"
    assert await fleet.stop() == 0


async def test_one_that_lists_meshes(packages: Path, home: Home) -> None:
    """Its meshes come and go as it says, and however it fails those that are known stay."""
    install_wire(packages)
    listing = home.root / "listing.json"

    def lists(what: object) -> None:
        listing.write_text(json.dumps(what))

    async with WireNetwork(home.root / "wire.sock") as network:
        there = {"id": "there", "address": "#there", "settings": {"path": str(network.path)}}
        lists([there, {"id": "no id", "settings": there["settings"]}, {"id": "here"}])
        sections: dict[str, Any] = {
            "fleet": {"discovery_accounts": ["wires"]},
            "accounts.wires": {"transport": "wire", "token": "a secret", "listing": str(listing)},
        }
        fleet = Fleet(home, sections)
        assert "discovery: account wires." in (await fleet.command("config", "check")).out
        await fleet.start()
        await fleet.mesh_is("there", MeshState.CONNECTED)
        network.speak("?ping", "#there")
        await network.has_heard("pong", "#there")
        assert "accounts.wires" in (await fleet.command("meshes", "list")).out
        await fleet.logged("can be used: entry 2: ")
        await fleet.logged("entry 3: mesh here: path is missing, which a wire needs")
        for fault, says in LISTING_FAULTS.items():
            lists(fault)
            looked = await fleet.command("meshes", "discover")
            assert says in looked.out + looked.err
            assert await fleet.mesh("there") is not None
        lists([])
        assert "there" in (await fleet.command("meshes", "discover")).out
        assert await fleet.mesh("there") is None
        await fleet.close()


async def test_accounts_that_cannot_be_asked(home: Home) -> None:
    """The settings are refused, with what to do."""
    fleet = Fleet(home, {"fleet": {"discovery_accounts": ["irc"]}})
    assert (
        "there is no account 'irc'; add it as [accounts.irc]"
        in (await fleet.command("config", "check")).err
    )
    fleet.write_settings(
        {
            "fleet": {"discovery_accounts": ["irc"]},
            "accounts.irc": {"transport": "program", "nick": "x"},
        }
    )
    refused = (await fleet.command("config", "check")).err
    assert "a program cannot be asked for meshes; list those of irc as [[meshes]]" in refused


async def test_a_program_that_is_missing(make_fleet: MakeFleet) -> None:
    """Its failed starts are counted and shown wherever one looks, and block nothing."""
    fleet = make_fleet(transport="program", command=["no-such-program"])
    await fleet.start()
    mesh = await fleet.mesh_is("other", MeshState.DISCONNECTED)
    assert (mesh.trouble, mesh.is_healthy) == ("broken", False)
    shown = (await fleet.command("meshes", "show", "other")).out
    assert re.search(r"(?im)^ *failed connects in a row +[1-9]", shown)
    assert re.search(r"(?im)^ *healthy +no$", shown)
    listed = (await fleet.command("meshes", "list")).out
    assert "what carries it, which cannot be started and is tried again" in listed
    assert "! other cannot connect, because" in (await fleet.command("status")).out


async def test_what_is_left_out(make_fleet: MakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """A feature that is left out takes its transport with it, and that is what is said."""
    monkeypatch.setenv("MESHVISOR_WITHOUT", "program")
    fleet = make_fleet(transport="program", command=["sh"])
    checked = await fleet.command("config", "check")
    assert checked.code != 0
    assert "mesh other: the transport 'program' is left out with program" in checked.err
    fleet.write_settings({"meshes": [{"id": "lobby"}]})
    assert (await fleet.command("config", "check")).code == 0


async def test_without_watch_party_rooms(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Meshes of programs go on without them; an entry that names no transport is refused."""
    monkeypatch.setenv("MESHVISOR_WITHOUT", "watch_party,playground")
    (home.root / "talk.py").write_text(TALKER)
    talker = {"id": "bridge", "transport": "program", "command": [sys.executable, "talk.py"]}
    fleet = Fleet(home, {"meshes": [talker, {"id": "lobby"}]})
    refused = await fleet.command("config", "check")
    assert "mesh lobby: the transport 'watch-party' is left out with watch_party" in refused.err
    fleet.write_settings({"meshes": [talker]})
    await fleet.start()
    await fleet.mesh_is("bridge", MeshState.CONNECTED)
    await fleet.logged("the bot says pong", "bridge")
    init = await fleet.command("init", "--yes", "--server", "ws://127.0.0.1:1", "--force")
    assert "--server is an option of the feature watch_party, which MESHVISOR_WITHOUT" in init.err
    program = ("--mesh", "other", "--command", "cat", "--force")
    assert (await fleet.command("init", "--yes", *program)).code == 0
    await fleet.close()
