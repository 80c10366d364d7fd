"""The harness's side of the neutral room server: its process, its events, its clock.

The server stamps what it sees with CLOCK_MONOTONIC, so its times compare with
`time.monotonic_ns` here.  A thread reads its events; everyone else waits on conditions.
"""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final, Self

from benchmarks.errors import BenchmarkError
from benchmarks.places import ROOM_SERVER

START_TIMEOUT: Final = 10.0
"""Seconds; Node starts in less than one."""
DRIVER_SUFFIX: Final = "_driver"
"""Ends the peer ids of the chat driver's people, who are no workers."""


@dataclass(frozen=True, slots=True)
class Connect:
    """A worker's connection as the server accepted it."""

    room: str
    at: int
    """CLOCK_MONOTONIC, ns."""
    port: int
    """The worker's local port, which tells the process that holds it."""


class RoomServer:
    """One server process; a context manager."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._connects: dict[str, list[Connect]] = defaultdict(list)
        self._disconnects: list[int] = []
        self._sayings: list[tuple[str, str, int]] = []
        """Room, text, moment."""
        self._url: str | None = None
        self._process = subprocess.Popen(
            ["node", str(ROOM_SERVER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # Ctrl+C goes to the harness, which then closes the server in order.
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, name="room-server-events", daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The server's process."""
        return self._process.pid

    @property
    def url(self) -> str:
        """The address that workers connect to; waits until it is known."""
        self._wait(lambda: self._url is not None, START_TIMEOUT)
        if self._url is None:
            raise BenchmarkError("the room server did not start")
        return self._url

    @property
    def port(self) -> int:
        """The port in `url`."""
        return int(self.url.rpartition(":")[2])

    def close(self) -> None:
        """End the server; idempotent."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        self._process.kill()
        self._process.wait()
        self._reader.join()
        if self._process.stdout is not None:
            self._process.stdout.close()

    # ---- What workers did ------------------------------------------------------------------------

    def wait_for_all(self, rooms: Collection[str], timeout: float) -> int:
        """Wait until every room had a worker and return when the last one came (ns).

        Raises:
            BenchmarkError: some did not come within `timeout` seconds.
        """
        if not self._wait(lambda: len(self._connects) >= len(rooms), timeout):
            missing = len(rooms) - len(self._connects)
            raise BenchmarkError(f"{missing} of {len(rooms)} workers not connected")
        with self._changed:
            return max(self._connects[room][0].at for room in rooms)

    def latest(self, room: str) -> Connect | None:
        """Return the newest connection to a room."""
        with self._changed:
            connects = self._connects.get(room)
            return connects[-1] if connects else None

    def next_connect(self, room: str, after: int, timeout: float) -> Connect | None:
        """Return the first connection later than `after` (ns); None when none came in time."""

        def found() -> Connect | None:
            later = (one for one in self._connects.get(room, ()) if one.at > after)
            return next(later, None)

        self._wait(lambda: found() is not None, timeout)
        with self._changed:
            return found()

    def connects_after(self, after: int) -> list[Connect]:
        """Return all connections later than `after` (ns)."""
        with self._changed:
            return [
                one for connects in self._connects.values() for one in connects if one.at > after
            ]

    def disconnects_after(self, after: int) -> int:
        """Return how many workers' connections ended later than `after` (ns)."""
        with self._changed:
            return sum(at > after for at in self._disconnects)

    def next_saying(self, room: str, part: str, after: int, timeout: float) -> int | None:
        """Return when a worker said something with `part` in it, later than `after` (ns).

        Only what was said after `report_chats` is known.  None: not within `timeout` seconds.
        """

        def found() -> int | None:
            later = (
                at
                for where, text, at in self._sayings
                if where == room and at > after
                if part in text
            )
            return next(later, None)

        self._wait(lambda: found() is not None, timeout)
        with self._changed:
            return found()

    # ---- What people do --------------------------------------------------------------------------

    def say(self, room: str, text: str) -> None:
        """Say something in a room as a person would."""
        self._send({"op": "say", "room": room, "chat": text, "id": f"h{time.monotonic_ns()}"})

    def report_chats(self) -> None:
        """Have the server report what is said from now on, which costs it time."""
        self._send({"op": "report-chats"})

    # ---- Private ---------------------------------------------------------------------------------

    def _send(self, command: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            event = json.loads(line)
            with self._changed:
                self._note(event)
                self._changed.notify_all()

    def _note(self, event: dict[str, Any]) -> None:
        if event["event"] == "listening":
            self._url = f"ws://127.0.0.1:{event['port']}"
        elif event["peer"].endswith(DRIVER_SUFFIX):
            return
        elif event["event"] == "connect":
            connect = Connect(event["room"], event["t"], event["port"])
            self._connects[connect.room].append(connect)
        elif event["event"] == "said":
            self._sayings.append((event["room"], event["text"], event["t"]))
        else:
            self._disconnects.append(event["t"])

    def _wait(self, condition: Callable[[], bool], timeout: float) -> bool:
        with self._changed:
            return self._changed.wait_for(condition, timeout)
