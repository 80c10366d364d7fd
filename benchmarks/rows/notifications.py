"""Notifications to a service on this machine: from the first call until the last has arrived.

No peers: the supervisor, a runner with the library of services, and a web service that counts.
"""

from __future__ import annotations

import http.server
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.contenders.contender import Contender, is_ours
from benchmarks.errors import BenchmarkError
from benchmarks.rows.row import Line, Samples
from meshvisor.shared.control.client import ControlClient
from meshvisor.shared.errors import MeshvisorError

PATIENCE: Final = 60.0
"""Seconds for a start, for an end, and for all to arrive."""

SETTINGS: Final = """
[channels.hook]
url = "json://127.0.0.1:{port}/"
rate = 0
"""


@dataclass(frozen=True, slots=True)
class Notifications:
    """Seconds for so many, and for one alone."""

    key: str
    count: int
    target: float | None

    def lines(self) -> Sequence[Line]:
        """Many, the first of all, and one of which a runner waits."""
        many = f"{self.count:,} notifications"
        how = (
            "one call of the control socket each, on the disk; delivered by HTTP to a service of "
            "this machine that answers at once"
        )
        return [
            Line(self.key, f"{many}: the first call → the last has arrived", "s", self.target,
                 how=how),
            Line(f"{self.key}-first", "one notification, no runner yet: call → arrived", "ms",
                 how="the runner is forked and loads the library of services"),
            Line(f"{self.key}-one", "one notification, with a runner: call → arrived", "ms"),
        ]  # fmt: skip

    def runs(self, contender: Contender) -> int | None:
        """Ours only; as often as usual."""
        return None if is_ours(contender) else 0

    def run(self, contender: Contender) -> Samples:
        """Start a supervisor, and send."""
        with _service() as service, _supervisor(service.port) as client:
            first = _send(client, service, 1)
            one = [_send(client, service, 1) * 1000 for _ in range(5)]
            many = _send(client, service, self.count)
        return {self.key: [many], f"{self.key}-first": [first * 1000], f"{self.key}-one": one}


class _Service:
    """Counts what is posted."""

    def __init__(self) -> None:
        self._seen = 0
        self._changed = threading.Condition()
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()
                service.count()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port

    def count(self) -> None:
        with self._changed:
            self._seen += 1
            self._changed.notify_all()

    @property
    def seen(self) -> int:
        return self._seen

    def wait_for(self, count: int) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: self._seen >= count, PATIENCE):
                raise BenchmarkError(f"{self._seen} of {count} notifications have arrived")


@contextmanager
def _service() -> Iterator[_Service]:
    service = _Service()
    thread = threading.Thread(target=service.server.serve_forever)
    thread.start()
    try:
        yield service
    finally:
        service.server.shutdown()
        service.server.server_close()
        thread.join()


@contextmanager
def _supervisor(port: int) -> Iterator[ControlClient]:
    home = Path(tempfile.mkdtemp(prefix="mv-"))  # short: a socket is in it
    config = home / "config" / "meshvisor.toml"
    config.parent.mkdir(mode=0o700)
    config.touch(mode=0o600)
    config.write_text(SETTINGS.format(port=port))
    program = [sys.executable, "-m", "meshvisor.supervisor.cli.main", "run", "--home", str(home)]
    process = subprocess.Popen(
        program, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        with _connected(home) as client:
            yield client
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
        shutil.rmtree(home, ignore_errors=True)


def _connected(home: Path) -> ControlClient:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            client = ControlClient(home)
            if client.request("status")["supervisor"]["state"] == "running":
                return client
            client.close()
        except MeshvisorError as error:
            if time.monotonic() > until:
                raise BenchmarkError(f"no supervisor: {error}") from None
        time.sleep(0.05)


def _send(client: ControlClient, service: _Service, count: int) -> float:
    before = service.seen
    began = time.perf_counter()
    for number in range(count):
        client.request("notify_send", title=f"Notification {number}")
    service.wait_for(before + count)
    return time.perf_counter() - began
