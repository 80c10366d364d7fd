"""A fleet of Matrix rooms on one homeserver, one person in all of them, and what that person sees.

Owns the server, the home and the person.  The server is that of the tests, whose limits are off.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp

from benchmarks.contenders.contender import start_process
from benchmarks.errors import BenchmarkError
from benchmarks.processes import cpu_seconds, end_descendants, family_of
from meshvisor.shared.control.client import ControlClient
from meshvisor.shared.errors import MeshvisorError
from tests.homeservers import DENDRITE, KINDS, SYNAPSE, Person
from tests.irc_servers import free_port

SETTINGS: Final = """\
[fleet]
connects_per_second = 5
[commands]
cooldown = 0
"""
ACCOUNT: Final = """
[accounts.{name}]
transport = "matrix"
token = "{token}"
"""
MESH: Final = """
[[meshes]]
id = "{mesh}"
transport = "matrix"
server = "{server}"
address = "{room}"
account = "{account}"
"""
PATIENCE: Final = 300.0
"""Seconds for anything that is waited for.  The server makes and joins five rooms a second, and so
many workers connect: more at once would only measure how they wait for each other."""

PROGRAMS: Final = {"synapse": (SYNAPSE, "peers"), "dendrite": (DENDRITE, "dendrite")}
"""What each homeserver is, and what installs it."""

MEMORY: Final = Path("/dev/shm")
"""Where the server's database is: what its flushes take would be measured otherwise."""

LOOK: Final = 0.002
"""Seconds between two looks whether a worker is back."""


@dataclass(slots=True)
class MatrixFleet:
    """Rooms with a bot, and a person who uses commands there."""

    home: Path
    ann: Person
    rooms: dict[str, str]
    """Ids, by mesh."""
    server: int
    """PID of the homeserver."""
    supervisor: int
    """PID of ours."""

    def ask(self, kind: str, **arguments: Any) -> Any:
        """Ask the supervisor."""
        with ControlClient(self.home) as client:
            return client.request(kind, timeout=PATIENCE, **arguments)

    def cpu_seconds(self) -> tuple[float, float]:
        """Return the processor time that the homeserver has used so far, and all of ours."""
        ours = [one.pid for one in family_of(self.supervisor)]
        return cpu_seconds([self.server]), cpu_seconds(ours)

    def pid(self, mesh: str) -> int | None:
        """Return the PID of a mesh's worker; None: it is not in its room."""
        found = self.ask("process_health", mesh_id=mesh)
        return found["pid"] if found["state"] == "connected" else None

    async def reply(self, mesh: str) -> float:
        """Use a command; return the milliseconds until the reply is here."""
        began = time.monotonic()
        asked = asyncio.create_task(self.ann.say(self.rooms[mesh], "?ping"))
        event = await self.ann.heard(self.rooms[mesh], _is_answer)
        ended = time.monotonic()
        answered = event["content"]["m.relates_to"]["m.in_reply_to"]["event_id"]
        if answered != await asked:
            raise BenchmarkError(f"{mesh} has answered something else")
        return (ended - began) * 1000

    async def kill(self, mesh: str) -> float:
        """Kill a worker; return the milliseconds until its successor is in the room."""
        before = self.pid(mesh)
        if before is None:
            raise BenchmarkError(f"{mesh} is not in its room")
        began = time.monotonic()
        os.kill(before, signal.SIGKILL)
        await self.until(lambda: self.pid(mesh) not in {before, None}, LOOK, f"{mesh} to be back")
        return (time.monotonic() - began) * 1000

    async def until(self, is_true: Any, look: float, what: str) -> None:
        """Wait for something to be true.

        Raises:
            BenchmarkError: it does not become true; says what was printed last.
        """
        end = time.monotonic() + PATIENCE
        while not is_true():
            if time.monotonic() > end:
                said = (self.home / "output.log").read_text(errors="replace")[-1000:]
                raise BenchmarkError(f"waited in vain for {what}\n{said}")
            await asyncio.sleep(look)

    def are_connected(self) -> bool:
        """Say whether all meshes are."""
        try:
            return bool(self.ask("health")["connected"] == len(self.rooms))
        except MeshvisorError:
            return False  # it is just starting


@asynccontextmanager
async def matrix_fleet(kind: str, count: int, accounts: int) -> AsyncIterator[MatrixFleet]:
    """Start a server with so many rooms and a fleet in them; end everything afterwards.

    Args:
        kind: of homeserver.
        count: of rooms.
        accounts: of bots, each in as many rooms as the others.

    Raises:
        BenchmarkError: the homeserver is not installed, or not all workers come in.
    """
    program, habit = PROGRAMS[kind]
    if not program.exists():
        raise BenchmarkError(f"{program.name} of {kind} is not installed: run 'make {habit}'")
    folder = Path(tempfile.mkdtemp(prefix="fleet-"))
    memory = Path(tempfile.mkdtemp(prefix="fleet-", dir=MEMORY if MEMORY.exists() else None))
    server = KINDS[kind](memory / kind, free_port())
    try:
        server.start()
        async with aiohttp.ClientSession() as http:
            bots = [await Person.register(server.url, http, "bot") for _ in range(accounts)]
            ann = await Person.register(server.url, http, "ann")
            rooms = {f"m{number}": await ann.create() for number in range(count)}
            # Before they are in, nothing waits for news of them, and joining is cheap.
            for number, room in enumerate(rooms.values()):
                await bots[number % accounts].join(room)
            await ann.begin()
            home = folder / "home"
            _write(home, server.url, [bot.token for bot in bots], rooms)
            own = Path(sys.executable).with_name("meshvisor")
            command = [str(own), "run", "--no-console", "--home", str(home)]
            supervisor = start_process(command, home).pid
            fleet = MatrixFleet(home, ann, rooms, server.pid, supervisor)
            await fleet.until(fleet.are_connected, 0.1, "all workers to be in their rooms")
            yield fleet
    finally:
        server.kill()
        end_descendants()
        for one in (folder, memory):
            shutil.rmtree(one, ignore_errors=True)


def _is_answer(event: dict[str, Any]) -> bool:
    return "m.in_reply_to" in event["content"].get("m.relates_to", {})


def _write(home: Path, server: str, tokens: Sequence[str], rooms: Mapping[str, str]) -> None:
    (home / "config").mkdir(mode=0o700, parents=True)
    settings = home / "config" / "meshvisor.toml"
    settings.touch(mode=0o600)
    parts = [SETTINGS]
    parts += [ACCOUNT.format(name=f"a{i}", token=token) for i, token in enumerate(tokens)]
    parts += [
        MESH.format(mesh=mesh, server=server, room=room, account=f"a{i % len(tokens)}")
        for i, (mesh, room) in enumerate(rooms.items())
    ]
    settings.write_text("".join(parts))
