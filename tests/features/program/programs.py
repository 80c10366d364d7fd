"""Programs as people write them, for tests: Python code behind a few lines that speak JSON."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar

from meshvisor.features.program.mesh_settings import ProgramSettings
from meshvisor.features.program.worker.transport import ProgramMesh
from meshvisor.shared.protocol.to_worker import Credentials
from meshvisor.worker.mesh.timings import Timings
from meshvisor.worker.mesh.transport import End, Incoming, Joining, MeshAddress

PATIENCE: Final = 20.0
"""Seconds that a test waits for what takes milliseconds, on however busy a machine."""

QUICK: Final = replace(Timings(), close=0.5, request=0.3, ping=0.05)

PRELUDE: Final = """
import json, os, signal, sys, time

def tell(type, **fields):
    print(json.dumps({"type": type, **fields}), flush=True)

def heard():
    line = sys.stdin.readline()
    return json.loads(line) if line else {"type": "leave"}

def wait(type="join"):
    while (message := heard())["type"] != type:
        if message["type"] == "leave":
            sys.exit()
    return message

def joined(**traits):
    tell("joined", self={"id": "bot", "name": "Bot"}, traits=traits)

def say_on(user="ann", **fields):
    tell("message", user={"id": user}, **fields)

ANN = {"id": "ann", "name": "Ann"}
"""

ECHO: Final = """
wait()
joined(acknowledges=True, replies=True)
while (message := heard())["type"] != "leave":
    if message["type"] == "say":
        tell("sent", id=message["id"], sent_id=f"m{message['id']}")
        tell("message", id=f"e{message['id']}", user=ANN, text="heard " + message["text"])
"""
"""Is in its mesh, and hands on what it is to say as if Ann had said it."""

T = TypeVar("T")


def command(folder: Path, body: str, *, prelude: str = PRELUDE) -> list[str]:
    """Write a program, and return what starts it."""
    path = folder / f"program_{len(list(folder.iterdir()))}.py"
    path.write_text(prelude + body)
    return [sys.executable, "-S", str(path)]


def settings(words: list[str], **more: Any) -> dict[str, Any]:
    """Return the settings of a mesh, as a worker is given them."""
    return ProgramSettings.model_validate({"command": words, **more}).model_dump(mode="json")


class Mesh:
    """One mesh of a program, and what it has delivered."""

    def __init__(self, words: list[str], timings: Timings = QUICK, **more: Any) -> None:
        address = MeshAddress("here", address="#here", settings=settings(words, **more))
        self.transport = ProgramMesh(address, timings)
        self.seen: list[Incoming] = []
        self._news = asyncio.Event()

    async def join(self, resume: str | None = None, credentials: Credentials | None = None) -> None:
        """Join once."""
        joining = Joining(credentials or Credentials(peer_id="1_bot"), resume)
        async with asyncio.timeout(PATIENCE):
            await self.transport.join(joining, self._take)

    async def expect(self, kind: type[T]) -> T:
        """Return the next delivery of a kind, leaving others for later."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for incoming in self.seen:
                    if isinstance(incoming, kind):
                        self.seen.remove(incoming)
                        return incoming
                self._news.clear()
                await self._news.wait()

    async def ended(self) -> End:
        """Return how the stay ended."""
        async with asyncio.timeout(PATIENCE):
            return await self.transport.ended()

    def _take(self, incoming: Incoming) -> None:
        self.seen.append(incoming)
        self._news.set()
