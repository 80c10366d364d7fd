"""A fleet on two networks besides the platform: whose admins hold where, and what workers know."""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from meshvisor.shared.paths import Home
from tests.directories import SESSION, TOKEN
from tests.fleet import PATIENCE, Fleet

RELAY: Final = """
import json, socket, sys, threading
link = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
def down():
    for line in link.makefile():
        print(line, end="", flush=True)
    link.shutdown(socket.SHUT_RDWR)
    print(json.dumps({"type": "ended", "kind": "lost"}), flush=True)
threading.Thread(target=down, daemon=True).start()
for line in sys.stdin:
    link.sendall(line.encode())
"""
"""Hands on every line, in both directions."""


class Networks:
    """What all programs of a fleet talk to."""

    def __init__(self) -> None:
        self.joins: defaultdict[str, asyncio.Queue[dict[str, Any]]] = defaultdict(asyncio.Queue)
        self.said: defaultdict[str, asyncio.Queue[str]] = defaultdict(asyncio.Queue)
        self._links: dict[str, asyncio.StreamWriter] = {}
        self._numbers = itertools.count()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Be the network of one program."""
        mesh_id = ""
        async for line in reader:
            message = json.loads(line)
            if message["type"] == "join":
                mesh_id = message["mesh_id"]
                self._links[mesh_id] = writer
                self._tell(mesh_id, {"type": "joined", "self": {"id": "bot", "name": "bot"}})
                self.joins[mesh_id].put_nowait(message)
            elif message["type"] == "say":
                self.said[mesh_id].put_nowait(message["text"])
        writer.close()

    async def says(self, mesh_id: str, user: str, text: str, **user_fields: Any) -> str:
        """Return what the bot answers to a user."""
        number = str(next(self._numbers))
        sender = {"id": user, "name": user, "authenticated": True, **user_fields}
        message = {"type": "message", "id": number, "user": sender, "text": text}
        self._tell(mesh_id, message)
        return await asyncio.wait_for(self.said[mesh_id].get(), PATIENCE)

    async def joined(self, mesh_id: str) -> dict[str, Any]:
        """Return the next join of a mesh."""
        return await asyncio.wait_for(self.joins[mesh_id].get(), PATIENCE)

    def drop(self, mesh_id: str) -> None:
        """Let a program lose its network."""
        self._links[mesh_id].close()

    def _tell(self, mesh_id: str, message: dict[str, Any]) -> None:
        self._links[mesh_id].write(json.dumps(message).encode() + b"\n")


@pytest.fixture
async def networks() -> AsyncIterator[tuple[Networks, int]]:
    """Return the networks and the port where they are."""
    networks = Networks()
    server = await asyncio.start_server(networks.serve, "127.0.0.1", 0)
    async with server:
        yield networks, server.sockets[0].getsockname()[1]


def sections(home: Home, port: int, password: str) -> dict[str, Any]:
    """Return settings of two rooms on one network and one on another."""
    relay = home.root / "relay.py"
    relay.write_text(RELAY)
    program = {"transport": "program", "command": [sys.executable, str(relay), str(port)]}
    return {
        "commands": {"cooldown": 0},
        "fleet": {"process_restart_delay": 0, "shutdown_timeout": 5},
        "accounts.irc": {"transport": "program", "password": password},
        "accounts.matrix": {"transport": "program", "realm": "example"},
        "meshes": [
            {"id": "lobby", "account": "irc", **program},
            {"id": "cinema", "account": "irc", **program},
            {"id": "square", "account": "matrix", **program},
        ],
    }


class Scene:
    """A fleet on these networks, whose rooms and database are looked into."""

    def __init__(self, home: Home, network: Networks, port: int) -> None:
        self.home, self.network, self._port = home, network, port
        self.fleet = Fleet(home, self.sections(SESSION))

    def sections(self, password: str) -> dict[str, Any]:
        """Return its settings."""
        return sections(self.home, self._port, password)

    async def run(self, *arguments: str) -> Any:
        """Return what a command prints with `--json`."""
        outcome = await self.fleet.command(*arguments, "--json")
        assert outcome.code == 0, outcome.err
        return json.loads(outcome.out)

    async def change_password(self, password: str) -> None:
        """Change it in the settings, and have them read."""
        self.fleet.write_settings(self.sections(password))
        assert (await self.run("config", "reload"))["changed"] == ["accounts"]


@pytest.fixture
async def scene(home: Home, networks: tuple[Networks, int]) -> AsyncIterator[Scene]:
    """Return a scene with an admin on each network, whose fleet is started."""
    scene = Scene(home, *networks)
    await scene.run("admin", "add", "ann", "--realm", "irc")
    await scene.run("admin", "add", "@bob:example.org", "--realm", "example")
    await scene.run("admin", "add", "ann")
    await scene.fleet.start()
    yield scene
    await scene.fleet.close()


async def test_whose_account(scene: Scene) -> None:
    """Programs get the account of their mesh; a new password is used from the next connect on."""
    network = scene.network
    account = {"name": "irc", "password": SESSION}
    assert (await network.joined("lobby"))["account"] == account
    assert (await network.joined("cinema"))["account"] == account
    assert (await network.joined("square"))["account"] == {"name": "matrix"}
    await scene.change_password(TOKEN)
    network.drop("lobby")
    assert (await network.joined("lobby"))["account"]["password"] == TOKEN
    assert network.joins["cinema"].empty()
    await scene.fleet.stop()
    written = b"".join(file.read_bytes() for file in scene.home.logs.rglob("*") if file.is_file())
    assert b"lobby" in written
    assert SESSION.encode() not in written
    assert TOKEN.encode() not in written


async def test_a_mesh_gets_another_account(scene: Scene) -> None:
    """Its worker is replaced by one with that account, in whose realm it is from now on."""
    network, only = scene.network, "Only admins may use ?listperms."
    await network.joined("square")
    assert await network.says("square", "ann", "?listperms") == only
    changed = scene.sections(SESSION)
    changed["meshes"] = [mesh | {"account": "irc"} for mesh in changed["meshes"]]
    del changed["accounts.matrix"]
    scene.fleet.write_settings(changed)
    await scene.run("config", "reload")
    assert (await network.joined("square"))["account"] == {"name": "irc", "password": SESSION}
    assert (await network.says("square", "ann", "?listperms")).startswith("1 admin.")
    bob = "@bob:example.org"
    assert await network.says("square", bob, "?listperms") == only
    # What was decided about a realm stays, and can be taken back.
    assert (await scene.run("admin", "remove", bob, "--realm", "example"))["changed"]


UNVOUCHED = "the network does not say who you are: log in to your account there first."


async def test_whose_admins_hold_where(scene: Scene) -> None:
    """Admins and permissions of a network reach its workers, and no others."""
    network, only = scene.network, "Only admins may use ?listperms."
    for mesh_id in ("lobby", "cinema", "square"):
        await network.joined(mesh_id)
    assert (await network.says("lobby", "ann", "?listperms")).startswith("1 admin.")
    assert await network.says("square", "ann", "?listperms") == only
    assert (await network.says("square", "@bob:example.org", "?listperms")).startswith("1 admin.")
    not_logged_in = await network.says("lobby", "ann", "?listperms", authenticated=False)
    assert not_logged_in == f"{only[:-1]}, and {UNVOUCHED}"

    said = await network.says("lobby", "ann", "?admin [carl]_`^{}|")
    assert said == "[carl]_`^{}| is an admin now, in every mesh of irc."
    assert (await network.says("cinema", "[carl]_`^{}|", "?listperms")).startswith("2 admins.")

    await scene.run("perm", "set", "ping", "admin", "--realm", "irc")
    assert await network.says("lobby", "dora", "?ping") == "Only admins may use ?ping."
    assert await network.says("square", "dora", "?ping") == "pong"

    admins = (await scene.run("admin", "list"))["admins"]
    assert [(one["realm"], one["user_id"], one["added_by"]) for one in admins] == [
        ("", "ann", None),
        ("example", "@bob:example.org", None),
        ("irc", "[carl]_`^{}|", "irc/ann"),
        ("irc", "ann", None),
    ]
    entries = (await scene.run("audit"))["entries"]
    assert ("irc/ann", "lobby", "irc/[carl]_`^{}|") in [
        (one["actor"], one["origin"], one["subject"]) for one in entries
    ]
