"""The npm package protoo-server in a process of its own (`npm_server.mjs`), for tests."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

PATIENCE: Final = 20.0
"""Seconds for anything that a test waits for; Node alone may take one to start."""

PEER: Final = "1_bot"
"""Whom the methods are about unless said otherwise."""


class NpmServer:
    """A running mesh server."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._seen: list[dict[str, Any]] = []
        self.address = ""

    @classmethod
    @asynccontextmanager
    async def run(cls, peers: Path, keepalive_ms: int = 60_000) -> AsyncIterator[NpmServer]:
        """Run a server for as long as the block does.

        Args:
            peers: the folder of the script and of `node_modules`.
            keepalive_ms: milliseconds between two WebSocket pings, and that an answer may take.
        """
        process = await asyncio.create_subprocess_exec(
            "node",
            str(peers / "npm_server.mjs"),
            str(keepalive_ms),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=8 * 1024 * 1024,
        )
        server = cls(process)
        try:
            port = (await server.expect("listening"))["port"]
            server.address = f"ws://127.0.0.1:{port}"
            yield server
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()

    def do(self, what: str, **fields: Any) -> None:
        """Have it do one of the actions that the script lists."""
        assert self._process.stdin is not None
        line = json.dumps({"do": what, "peer": PEER, **fields})
        self._process.stdin.write(f"{line}\n".encode())

    async def expect(self, event: str, **fields: Any) -> dict[str, Any]:
        """Return the next event of a kind with these fields, keeping others for later."""
        wanted = {"event": event, **fields}
        async with asyncio.timeout(PATIENCE):
            while True:
                for seen in self._seen:
                    if wanted.items() <= seen.items():
                        self._seen.remove(seen)
                        return seen
                self._seen.append(await self._next(wanted))

    async def _next(self, wanted: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        assert line, f"the server ended while {wanted} was awaited"
        event: dict[str, Any] = json.loads(line)
        return event
