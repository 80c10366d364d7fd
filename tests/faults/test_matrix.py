"""Fleets on real homeservers: workers are killed, servers die, freeze, and are replaced."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from meshvisor.features.matrix.worker.progress import read_progress
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.fleet import Fleet
from tests.homeservers import (
    KINDS,
    PASSWORD,
    PATIENCE,
    Homeserver,
    Person,
    Synapse,
    require_homeserver,
)
from tests.irc_servers import free_port
from tests.transports.matrix import BAD_GATEWAY, answer

pytestmark = pytest.mark.faults


def answers(asked: str, event: dict[str, Any]) -> bool:
    """Say whether an event answers a message."""
    relation = event.get("content", {}).get("m.relates_to", {})
    return bool(relation.get("m.in_reply_to", {}).get("event_id") == asked)


async def test_matrix(home: Home, tmp_path: Path) -> None:
    """Whatever dies, the bot is back in its room, and answers each command once."""
    require_homeserver("synapse")
    server = Synapse(tmp_path / "synapse", free_port())
    fleet: Fleet | None = None
    try:
        server.start()
        async with aiohttp.ClientSession() as http:
            bot = await Person.register(server.url, http, "bot")
            ann = await Person.register(server.url, http, "ann")
            room = await ann.create()
            await ann.begin()
            mesh = {
                "id": "room",
                "transport": "matrix",
                "server": server.url,
                "address": room,
                "account": "matrix",
            }
            account = {"transport": "matrix", "token": bot.token}
            settings = {"commands": {"cooldown": 0}, "meshes": [mesh], "accounts.matrix": account}
            fleet = Fleet(home, settings)
            await fleet.start("--no-console")
            state = await fleet.mesh_is("room", MeshState.CONNECTED)
            asked = []
            for _ in range(3):
                asked.append(await ann.say(room, "?ping"))
                await ann.heard(room, partial(answers, asked[-1]))
                assert state.pid is not None
                os.kill(state.pid, signal.SIGKILL)
                state = await fleet.mesh_is("room", MeshState.CONNECTED, besides=state.pid)
            server.kill()
            await fleet.mesh_is("room", MeshState.DISCONNECTED)
            server.start()
            await fleet.mesh_is("room", MeshState.CONNECTED)
            asked.append(await ann.say(room, "?ping"))
            await ann.heard(room, partial(answers, asked[-1]))
            found = await ann.ask("GET", f"/rooms/{room}/messages", dir="b", limit="100")
            for message in asked:
                assert sum(answers(message, event) for event in found["chunk"]) == 1
        assert "blocked" not in fleet.output
    finally:
        if fleet is not None:
            await fleet.close()
        server.kill()


class Rooms:
    """A fleet of some rooms on one server, and what was asked in them.

    Args:
        ann: who asks; she has made the rooms.
        rooms: ids, by mesh.
    """

    def __init__(self, ann: Person, rooms: Mapping[str, str]) -> None:
        self._ann = ann
        self._rooms = rooms
        self._asked: list[tuple[str, str]] = []

    async def ask(self) -> None:
        """Say a command in every room."""
        for room in self._rooms.values():
            self._asked.append((room, await self._ann.say(room, "?ping")))

    async def answered(self) -> None:
        """Return when everything was answered; once each."""
        async with asyncio.timeout(PATIENCE):
            while not all(await asyncio.gather(*(self._is_answered(r) for r in self._rooms))):
                await asyncio.sleep(0.1)

    async def _is_answered(self, mesh: str) -> bool:
        room = self._rooms[mesh]
        path = f"/rooms/{room}/messages"
        said = (await self._ann.ask("GET", path, dir="b", limit="100"))["chunk"]
        counts = [
            sum(answers(asked, event) for event in said)
            for where, asked in self._asked
            if where == room
        ]
        assert all(count <= 1 for count in counts), f"{mesh} has answered twice: {counts}"
        return all(counts)


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
async def test_twenty_rooms(home: Home, tmp_path: Path, kind: str) -> None:
    """All are in, answer, and lose no command and answer none twice, whatever dies or freezes.

    One has logged in with a password: its token is nowhere but in files that no other user can
    read.
    """
    require_homeserver(kind)
    server = KINDS[kind](tmp_path / kind, free_port())
    try:
        server.start()
        async with aiohttp.ClientSession() as http:
            bot = await Person.register(server.url, http, "bot")
            ann = await Person.register(server.url, http, "ann")
            rooms = {f"room{number}": await ann.create() for number in range(20)}
            asked = Rooms(ann, rooms)
            fleet = Fleet(home, fleet_settings(server, bot, rooms))
            try:
                await fleet.start("--no-console")
                await fleet.all_are(MeshState.CONNECTED, 20)
                await asked.ask()
                await asked.answered()
                await killed_worker(fleet, asked)
                await killed_server(fleet, server, asked)
                await frozen_server(fleet, server, asked)
                await keeps_secret(fleet, bot)
            finally:
                await fleet.close()
    finally:
        server.kill()


def fleet_settings(server: Homeserver, bot: Person, rooms: Mapping[str, str]) -> dict[str, Any]:
    """Return settings of a fleet with one token for all rooms, and a password for the last."""
    common = {"transport": "matrix", "server": server.url, "sync_timeout": 1}
    meshes = [
        {"id": mesh, "address": room, "account": "matrix", **common} for mesh, room in rooms.items()
    ]
    meshes[-1]["account"] = "password"
    return {
        "fleet": {"connects_per_second": 100, "process_restart_delay": 0},
        "commands": {"cooldown": 0},
        "meshes": meshes,
        "accounts.matrix": {"transport": "matrix", "token": bot.token},
        "accounts.password": {"transport": "matrix", "user": bot.user_id, "password": PASSWORD},
    }


async def killed_worker(fleet: Fleet, asked: Rooms) -> None:
    """Kill a worker, and ask before it is back."""
    pid = await fleet.worker("room0")
    os.kill(pid, signal.SIGKILL)
    await asked.ask()
    await fleet.worker("room0", besides=pid)
    await asked.answered()


async def killed_server(fleet: Fleet, server: Homeserver, asked: Rooms) -> None:
    """Kill the server, have others answer in its place, and start it again."""
    server.kill()
    await fleet.all_are(MeshState.DISCONNECTED, 20)
    await impostors(server.port, fleet)
    server.start()
    await asked.ask()
    await fleet.all_are(MeshState.CONNECTED, 20)
    await asked.answered()


async def frozen_server(fleet: Fleet, server: Homeserver, asked: Rooms) -> None:
    """Freeze the server until it is noticed, and let it go on."""
    server.signal(signal.SIGSTOP)
    said = (await fleet.mesh_is("room0", MeshState.DISCONNECTED)).last_error
    assert "did not answer in time" in str(said)
    server.signal(signal.SIGCONT)
    await asked.ask()
    await fleet.all_are(MeshState.CONNECTED, 20)
    await asked.answered()


async def impostors(port: int, fleet: Fleet) -> None:
    """Have something else listen where the server was, and see that no bot is led astray."""
    for says, why in (
        (bytes(range(256)) * 4, "what it says is not HTTP"),
        (answer("502 Bad Gateway", BAD_GATEWAY, "text/html"), "it answers 502 Bad Gateway"),
    ):

        async def talk(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, says: bytes = says
        ) -> None:
            await reader.read(4096)
            writer.write(says)
            writer.close()

        async with await asyncio.start_server(talk, "127.0.0.1", port, reuse_address=True):
            await fleet.logged(why, "room0")


async def keeps_secret(fleet: Fleet, bot: Person) -> None:
    """Look for tokens where others could read them."""
    devices = (await bot.ask("GET", "/devices"))["devices"]
    assert len(devices) == 2, "more than one login with the password"
    database = sqlite3.connect(f"file:{fleet.home.database}?mode=ro", uri=True)
    (found,) = database.execute("SELECT token FROM checkpoints WHERE mesh_id = 'room19'")
    database.close()
    token = read_progress(found[0]).token
    assert token
    shown = [(await fleet.command("status", "--json")).out, fleet.output]
    shown += [(await fleet.command("logs", "--json")).out]
    assert all(token not in text and bot.token not in text for text in shown)
    for path in fleet.home.root.rglob("*"):
        if path.is_file() and any(one.encode() in path.read_bytes() for one in (token, bot.token)):
            assert path.stat().st_mode & 0o077 == 0, f"others can read {path}"
            assert path.suffix != ".log", f"a token is in {path}"


PLUGIN = """
@action("dig", lane="chat")
async def dig(job: JobContext) -> None:
    async for item in job.items():
        await asyncio.sleep(0.4)  # less than a second of it would not be told
        await item.done()

@command("dig")
async def dig_command(ctx: CommandContext) -> str:
    return (await ctx.submit("dig", items=ctx.args)).text
"""


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
async def test_progress(home: Home, tmp_path: Path, kind: str) -> None:
    """How far a job is, is one message that changes, whichever worker says it; its outcome is
    another one.
    """
    require_homeserver(kind)
    server = KINDS[kind](tmp_path / kind, free_port())
    try:
        server.start()
        async with aiohttp.ClientSession() as http:
            bot = await Person.register(server.url, http, "bot")
            ann = await Person.register(server.url, http, "ann")
            room = await ann.create()
            mesh = {"id": "room", "transport": "matrix", "server": server.url, "address": room}
            fleet = Fleet(
                home,
                {
                    "meshes": [{**mesh, "account": "matrix"}],
                    "accounts.matrix": {"transport": "matrix", "token": bot.token},
                    "jobs": {"progress_interval": 1},
                },
            )
            fleet.write_plugin("digging", PLUGIN)
            try:
                await fleet.start("--no-console")
                worker = await fleet.worker("room")
                added = await fleet.command("admin", "add", ann.user_id, "--realm", "matrix")
                assert added.code == 0, added.err
                await ann.begin()
                await ann.say(room, "?dig a b c d e f g h i j k l m n o p")
                first = await ann.heard(room, lambda one: " of 16 (" in text_of(one))
                os.kill(worker, signal.SIGKILL)
                await fleet.worker("room", besides=worker)
                second = await ann.heard(room, lambda one: " of 16 (" in text_of(one))
                assert (changed_by(first), changed_by(second)) == ("", first["event_id"])
                last = await ann.heard(room, lambda one: "completed" in text_of(one))
                assert changed_by(last) == ""
            finally:
                await fleet.close()
    finally:
        server.kill()


def text_of(event: dict[str, Any]) -> str:
    """Return what a message says, or has been changed to."""
    content = event.get("content", {})
    return str(content.get("m.new_content", content).get("body", ""))


def changed_by(event: dict[str, Any]) -> str:
    """Return which message an event changes; empty: none."""
    relation = event.get("content", {}).get("m.relates_to", {})
    return str(relation["event_id"]) if relation.get("rel_type") == "m.replace" else ""
