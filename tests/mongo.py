"""MongoDB servers for tests.

`NxServer` is a server in Python that a test may kill, freeze and start again; `external_uri` is
the address of any other, from the variable MESHVISOR_TEST_MONGODB_URI, where every test gets a
database of its own that is dropped afterwards.
"""

from __future__ import annotations

import asyncio
import gc
import os
import re
import signal
import subprocess
import sys
import time
import uuid
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import psutil
from pydantic import SecretStr
from pymongo import AsyncMongoClient

from meshvisor.features.access.settings import DatabaseSettings
from meshvisor.features.access.supervisor.directory.database_config import MongoConfig, Option
from meshvisor.features.access.supervisor.directory.mongodb import MongoBackend

VARIABLE: Final = "MESHVISOR_TEST_MONGODB_URI"
"""Names a server that the tests may use as well."""

START_TIMEOUT: Final = 20.0
"""Seconds after which a server that has not said its port is given up."""

PROGRAM: Final = Path(sys.executable).with_name("nx-27017")

_LISTENING: Final = re.compile(r"Listening on [\d.]+:(\d+)")


class NxServer:
    """A server of its own; a context manager."""

    def __init__(self, folder: Path) -> None:
        """Start it.

        Args:
            folder: for its data, its PID file and its log; is kept when it is started again.
        """
        self._folder = folder
        self.port = 0
        self.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    @property
    def uri(self) -> str:
        """Without a database."""
        return f"mongodb://127.0.0.1:{self.port}"

    @property
    def connections(self) -> int:
        """How many clients are connected at this moment."""
        found = psutil.Process(self._process.pid).net_connections("tcp")
        return sum(each.status == psutil.CONN_ESTABLISHED for each in found)

    def start(self) -> None:
        """Start it, with the data and on the port that it had before."""
        # A file, for a full pipe would hold it up one day.
        said = self._folder / f"said-{uuid.uuid4().hex}"
        with said.open("w") as output:
            self._process = subprocess.Popen(
                [
                    *(str(PROGRAM), "--data-dir", str(self._folder / "data")),
                    *("--port", str(self.port), "--pid-file", str(self._folder / "pid")),
                    *("--log-file", str(self._folder / "log")),
                ],
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        end = time.monotonic() + START_TIMEOUT
        while (found := _LISTENING.search(said.read_text())) is None:
            if self._process.poll() is not None or time.monotonic() > end:
                self.kill()
                raise AssertionError(f"the server did not start: {said.read_text()}")
            time.sleep(0.01)
        self.port = int(found[1])

    def kill(self) -> None:
        """End it as a power cut does."""
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        """Let it hold its connections and say nothing."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._process.send_signal(signal.SIGCONT)


def external_uri() -> str | None:
    """Return the address of a server that runs already, or None."""
    return os.environ.get(VARIABLE) or None


def config(uri: str, database: str = "", **options: Option) -> MongoConfig:
    """Return the configuration of a server; without a database: one of a new name."""
    place = f"mongodb://{uri.rpartition('@')[2].partition('://')[2] or uri.partition('://')[2]}"
    name = database or f"meshvisor_test_{uuid.uuid4().hex[:12]}"
    return MongoConfig(SecretStr(uri), options, name, place)


@asynccontextmanager
async def opened(
    given: MongoConfig, *, poll_interval: float = 0.05, timeout: float = 5
) -> AsyncIterator[MongoBackend]:
    """Yield a backend and close it."""
    settings = DatabaseSettings(poll_interval=poll_interval, timeout=timeout)
    backend = MongoBackend(given, settings)
    try:
        yield backend
    finally:
        await backend.close()
        forget_sockets()


def forget_sockets() -> None:
    """Collect sockets that the driver forgot to close, without the warning of each.

    When it is cancelled while it connects it leaves that to the garbage collection.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@asynccontextmanager
async def database(given: MongoConfig) -> AsyncIterator[Any]:
    """Yield the database as another program sees it; drop it afterwards."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
        given.uri.get_secret_value(), tz_aware=True, serverSelectionTimeoutMS=10_000
    )
    try:
        yield client[given.database]
        await client.drop_database(given.database)
    finally:
        await client.close()
        # The loop closes the sockets in its next turn; it may be the last one.
        await asyncio.sleep(0)
