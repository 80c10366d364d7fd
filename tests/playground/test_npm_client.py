"""The npm package protoo-client, which was not written here, against the playground."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from meshvisor.features.watch_party.protoo.client import room_address
from meshvisor.features.watch_party.protoo.peer import RequestFailedError
from meshvisor.features.watch_party.protoo.rooms import CHAT, FULLY_JOINED, STATE
from meshvisor.playground.server import Playground
from tests.playground.joining import joined, next_chat

SCRIPT = Path(__file__).with_name("npm_client.js")


class NpmClient:
    """A running npm client."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def next(self, event: str, **fields: str) -> dict[str, Any]:
        """Return the next event of a kind, skipping others."""
        assert self._process.stdout is not None
        while line := await asyncio.wait_for(self._process.stdout.readline(), 20):
            said: dict[str, Any] = json.loads(line)
            if said["event"] == event and all(said[k] == v for k, v in fields.items()):
                return said
        raise AssertionError(f"the npm client ended without {event}")

    def send(self, kind: str, method: str, data: dict[str, Any] | None = None) -> None:
        """Have it send a request or notification."""
        assert self._process.stdin is not None
        line = json.dumps({"kind": kind, "method": method, "data": data or {}})
        self._process.stdin.write(f"{line}\n".encode())

    async def join(self) -> None:
        """Have it join its room."""
        await self.next("open")
        self.send("request", FULLY_JOINED)
        await self.next("answer")


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    """Return a playground with a lobby."""
    async with Playground(["lobby"]) as running:
        yield running


@pytest.fixture
async def npm(node_peers: Path, playground: Playground) -> AsyncIterator[NpmClient]:
    """Return an npm client that connects to the lobby."""
    process = await asyncio.create_subprocess_exec(
        "node",
        str(SCRIPT),
        room_address(playground.server, "lobby", "7_npm"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"NODE_PATH": str(node_peers / "node_modules")},
    )
    yield NpmClient(process)
    if process.returncode is None:
        process.kill()
    await process.wait()


async def test_chat_both_ways(playground: Playground, npm: NpmClient) -> None:
    """It joins, gets who is there, hears what is said and is heard."""
    await npm.join()
    assert (await npm.next("notification", method=STATE))["data"]["state"]
    playground.say("lobby", "hello")
    assert (await npm.next("notification", method=CHAT))["data"]["chat"] == "hello"
    async with joined(playground, peer_id="1_a") as other:
        npm.send("notify", CHAT, {"chat": "hello yourself"})

        assert (await next_chat(other)).text == "hello yourself"


async def test_requests_both_ways(playground: Playground, npm: NpmClient) -> None:
    """Requests and error answers work in both directions."""
    await npm.join()
    npm.send("request", "moonwalk")
    refused = await npm.next("refused")

    assert (refused["code"], refused["reason"]) == (404, "unknown method 'moonwalk'")
    assert await playground.request("lobby", "7_npm", "how", {"a": 1}) == {"heard": {"a": 1}}
    with pytest.raises(RequestFailedError, match=r"unknown \(404\)"):
        await playground.request("lobby", "7_npm", "why")


async def test_long_message(playground: Playground, npm: NpmClient) -> None:
    """A message of half a megabyte arrives whole."""
    await npm.join()
    npm.send("notify", CHAT, {"chat": "x" * 500_000})

    assert len((await playground.wait_for_chat("lobby", "xxx")).text) == 500_000


async def test_closed_for_good(playground: Playground, npm: NpmClient) -> None:
    """It does not come back after 4000."""
    await npm.join()
    playground.close_room("lobby")
    await npm.next("close")

    assert len(playground.connects("lobby")) == 1


async def test_dropped(playground: Playground, npm: NpmClient) -> None:
    """It comes back by itself after a drop, also when it is refused at first."""
    await npm.join()
    playground.refuse("lobby", 503, times=2)
    playground.drop("lobby")
    await npm.next("disconnected")
    await npm.join()

    assert [attempt.status for attempt in playground.connects("lobby")] == [101, 503, 503, 101]
