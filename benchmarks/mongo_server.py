"""The MongoDB server of the rows about it: nx-27017, a small one in Python, over TCP.

Owns its process and what it is asked about itself from outside: who is connected, as the kernel
sees it.  Does not own what is measured (`benchmarks.rows`).  It is slower than MongoDB, so times
that contain its own say more about the contender's way than about MongoDB.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil
from pymongo import MongoClient

from benchmarks.directory import DirectorySize
from benchmarks.errors import BenchmarkError, MissingProgramError
from benchmarks.processes import clients_of
from meshvisor.features.access.supervisor.directory import documents

START_TIMEOUT: Final = 20.0
"""Seconds until it listens; it takes less than one."""
LOOK_EVERY: Final = 0.02
DATABASE: Final = "fleet"
OPTIONS: Final[Mapping[str, int]] = {
    "maxPoolSize": 10,
    "minPoolSize": 2,
    "serverSelectionTimeoutMS": 5000,
    "socketTimeoutMS": 45000,
}
"""What bots of this kind have in their `config/database.json`; the same for every contender."""

_LISTENING: Final = re.compile(r"Listening on [\d.]+:(\d+)")


@dataclass(frozen=True, slots=True)
class MongoServer:
    """A running server.  Make one with `mongo_server`."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def config(self) -> Mapping[str, Any]:
        """The content of `config/database.json`."""
        return {"uri": f"mongodb://127.0.0.1:{self.port}/{DATABASE}", "options": OPTIONS}

    def fill(self, size: DirectorySize) -> None:
        """Insert admins and permissions, and leave again."""
        with MongoClient[dict[str, Any]](self.config["uri"]) as client:
            database = client.get_database()
            database[documents.ADMINS].insert_many(
                {"_id": one.user_id, **documents.admin_document(one)} for one in size.make_admins()
            )
            database[documents.PERMISSIONS].insert_many(
                {"_id": one.command, **documents.permission_document(one)}
                for one in size.make_permissions()
            )

    def connections(self) -> int:
        """Return how many connections the server holds at the moment."""
        found = psutil.Process(self.process.pid).net_connections("tcp4")
        return sum(one.status == psutil.CONN_ESTABLISHED for one in found)

    def clients(self) -> set[int]:
        """Return the PIDs of the processes that hold a connection to it at the moment."""
        return set(clients_of(self.port).values())

    def freeze(self) -> None:
        """Let it hold its connections and say nothing."""
        self.process.send_signal(signal.SIGSTOP)


@contextmanager
def mongo_server(size: DirectorySize) -> Iterator[MongoServer]:
    """Start a server that holds a directory; end it afterwards.

    Raises:
        BenchmarkError: it did not start.
    """
    folder = Path(tempfile.mkdtemp(prefix="mongodb-"))
    try:
        process = _start(folder)
        try:
            server = MongoServer(process, _wait_for_port(process, folder / "said"))
            server.fill(size)
            yield server
        finally:
            # A trial that ends takes all processes below the harness with it, this one too.
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path) -> subprocess.Popen[bytes]:
    program = Path(sys.executable).with_name("nx-27017")
    if not program.exists():
        raise MissingProgramError(f"{program} is missing: make setup")
    # A file, for a full pipe would hold it up one day.
    with (folder / "said").open("wb") as said:
        return subprocess.Popen(
            [
                *(program, "--data-dir", folder / "data", "--port", "0"),
                *("--pid-file", folder / "pid", "--log-file", folder / "log"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            # Ctrl+C goes to the harness, which then ends what it started.
            start_new_session=True,
        )


def _wait_for_port(process: subprocess.Popen[bytes], said: Path) -> int:
    deadline = time.monotonic() + START_TIMEOUT
    while (found := _LISTENING.search(said.read_text())) is None:
        if process.poll() is not None or time.monotonic() > deadline:
            raise BenchmarkError(f"the MongoDB server did not start: {said.read_text()}")
        time.sleep(LOOK_EVERY)
    return int(found[1])
