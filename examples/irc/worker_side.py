"""The program itself, spoken with as a worker does."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from tests.irc_servers import PATIENCE

SCRIPT: Final = Path(__file__).with_name("irc.js")


class Bridge:
    """A running program, with what it has written."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._seen: list[dict[str, Any]] = []

    @classmethod
    @asynccontextmanager
    async def run(cls, modules: Path, address: str, **options: Any) -> AsyncIterator[Bridge]:
        """Run a program that joins, for as long as the block does."""
        process = await asyncio.create_subprocess_exec(
            *("node", str(SCRIPT)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "NODE_PATH": str(modules)},
        )
        bridge = cls(process)
        try:
            account = {"name": "irc", "nick": "mybot"}
            about = {"address": address, "account": account, "options": {"tls": False, **options}}
            bridge.tell("join", version=1, mesh_id="net", **about)
            yield bridge
        finally:
            assert process.stdin
            process.stdin.close()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await process.wait()
            if process.returncode is None:
                process.kill()
                await process.wait()

    def tell(self, type_: str, /, **fields: Any) -> None:
        """Write one line."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"type": type_, **fields}).encode() + b"\n")

    @contextlib.contextmanager
    def slow(self) -> Iterator[None]:
        """Have it do nothing while the block runs."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    async def expect(self, type_: str, /, **fields: Any) -> dict[str, Any]:
        """Return the next line of a type that has these fields, leaving others for later."""
        wanted = {"type": type_, **fields}
        assert self._process.stdout
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    for line in self._seen:
                        if wanted.items() <= line.items():
                            self._seen.remove(line)
                            return line
                    read = await self._process.stdout.readline()
                    assert read, f"it has ended while {wanted} was awaited: {self._seen}"
                    self._seen.append(json.loads(read))
        except TimeoutError:
            raise AssertionError(f"waited in vain for {wanted}: {self._seen}") from None

    async def say(self, number: int, place: str, text: str) -> dict[str, Any]:
        """Have it say something, and return its answer."""
        self.tell("say", id=number, place=place, text=text)
        return await self.expect("sent", id=number)
