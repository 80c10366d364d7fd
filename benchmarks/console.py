"""The console of a measured fleet: where it is, a token for it, and people who watch its stream."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from benchmarks.contenders.contender import run_command
from benchmarks.errors import BenchmarkError
from meshvisor.shared.control.client import ControlClient
from meshvisor.shared.errors import MeshvisorError

MOST_READ: Final = 65_536
"""Bytes that a viewer reads at a time."""

PATIENCE: Final = 60.0
"""Seconds for a console to listen, and for viewers to be connected."""

_MOMENT: Final = re.compile(rb'"at":"([^"]+)"')


@dataclass(frozen=True, slots=True)
class Console:
    """A console that listens."""

    url: str
    pid: int
    token: str
    """May see everything."""

    @classmethod
    def of(cls, home: Path, program: str) -> Console:
        """Return the one of a running supervisor.

        Args:
            home: of the supervisor.
            program: `meshvisor` of the measured version.

        Raises:
            BenchmarkError: none listens in time.
        """
        made = run_command(
            [program, "token", "add", "bench", "--scopes", "*:view", "--home", str(home)]
        )
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                with ControlClient(home) as client:
                    found = client.request("status")["supervisor"].get("console") or {}
            except MeshvisorError:
                found = {}
            if found.get("url"):
                return cls(found["url"], found["pid"], made.split()[0])
            time.sleep(0.05)
        raise BenchmarkError("the console does not listen")

    @property
    def headers(self) -> dict[str, str]:
        """What a request says."""
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(slots=True)
class Viewers:
    """People who watch the stream of a console."""

    seen: list[tuple[float, bytes]] = field(default_factory=list)
    """What each of them has read, and when."""
    live: int = 0
    """How many of them watch."""

    def delays_ms(self) -> list[float]:
        """Return the milliseconds from the moment of each event until one of them had it."""
        return [
            (when - datetime.fromisoformat(at.decode()).timestamp()) * 1000
            for when, content in self.seen
            for at in _MOMENT.findall(content)
        ]


@contextmanager
def watching(console: Console, count: int) -> Iterator[Viewers]:
    """Let so many people watch, in a thread beside the harness.

    Raises:
        BenchmarkError: not all can.
    """
    viewers = Viewers()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="viewers")
    thread.start()
    tasks = [asyncio.run_coroutine_threadsafe(_watch(console, viewers), loop) for _ in range(count)]
    try:
        until = time.monotonic() + PATIENCE
        while viewers.live < count:
            if time.monotonic() > until or any(task.done() for task in tasks):
                raise BenchmarkError(f"{viewers.live} of {count} viewers are connected")
            time.sleep(0.05)
        yield viewers
    finally:
        for task in tasks:
            task.cancel()
        # One step of the loop for each to close its connection.
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0.2), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _watch(console: Console, viewers: Viewers) -> None:
    address = urlsplit(console.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        head = f"GET /api/v1/events/stream HTTP/1.1\r\nHost: {address.netloc}\r\n"
        fields = "".join(f"{name}: {value}\r\n" for name, value in console.headers.items())
        writer.write(f"{head}{fields}\r\n".encode())
        await reader.readuntil(b"event: live")
        viewers.live += 1
        while content := await reader.read(MOST_READ):
            # Looked at later: a hundred viewers must not cost what is measured.
            viewers.seen.append((time.time(), content))
    finally:
        writer.close()
