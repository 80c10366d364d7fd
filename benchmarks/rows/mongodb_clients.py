"""What a fleet costs its MongoDB server, and what the driver costs the fleet.

Ours has one client in the supervisor, which tells the workers.  The peer's workers each have a
client of their own with the same options, load admins and permissions once, and keep it, as bots
in a Node process each do; that such a fleet's parent would have another one is left out.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.contenders.contender import BEFORE, OURS, Contender
from benchmarks.directory import USUAL
from benchmarks.mongo_server import mongo_server
from benchmarks.processes import proportional_megabytes, unique_megabytes
from benchmarks.rows.row import Line, Samples
from benchmarks.trial import trial

WITH_MONGODB: Final = frozenset({OURS, BEFORE, "node-fork"})
"""The peers all run the same worker, so one of them stands for all."""
SETTLE: Final = 5.0
"""Seconds after the last connect: drivers open the connections that they keep in reserve later."""


@dataclass(frozen=True, slots=True)
class MongoClients:
    """Connections at the server and memory of the fleet."""

    key: str
    size: int

    def lines(self) -> Sequence[Line]:
        """Processes with a client, their connections, memory of a worker and of all."""
        fleet = f"{self.size} workers with MongoDB"
        return [
            Line(f"{self.key}-processes", f"processes connected to MongoDB, {fleet}", "", 1,
                 "max", "who holds a connection to the server's port, by the kernel's list"),
            Line(f"{self.key}-connections", f"connections at the MongoDB server, {fleet}", "",
                 how=f"established ones of the server's process {SETTLE:g} s after the last worker "
                     "has connected; every client with the same options (maxPoolSize 10, "
                     "minPoolSize 2); the peer's workers load admins and permissions once"),
            Line(f"{self.key}-each", f"unique memory per connected worker, {fleet}", "MB",
                 how="USS, all workers' values pooled"),
            Line(f"{self.key}-total", f"memory of all processes together, {fleet}", "MB",
                 how="PSS of the supervisor and everything below it; not of the server"),
        ]  # fmt: skip

    def runs(self, contender: Contender) -> int | None:
        """One fleet has as many samples as workers, and the connections do not vary."""
        return 1 if contender.key in WITH_MONGODB else 0

    def run(self, contender: Contender) -> Samples:
        """Connect a fleet, let it settle and count."""
        with (
            mongo_server(USUAL) as server,
            trial(contender, self.size, mongodb=server.config) as running,
        ):
            running.wait_until_connected()
            time.sleep(SETTLE)
            each = [unique_megabytes(pid) for pid in running.workers().values()]
            return {
                f"{self.key}-processes": [float(len(server.clients()))],
                f"{self.key}-connections": [float(server.connections())],
                f"{self.key}-each": each,
                f"{self.key}-total": [proportional_megabytes(running.family())],
            }
