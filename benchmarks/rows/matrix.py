"""Meshes that are Matrix rooms: a reply, what a worker needs, and how soon a killed one is back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.contenders.contender import OURS, Contender
from benchmarks.errors import BenchmarkError
from benchmarks.matrix_fleet import matrix_fleet
from benchmarks.processes import unique_megabytes
from benchmarks.rows.row import Line, Samples

SETTLE: Final = 12.0
"""Seconds after which garbage of the start is gone, and a worker that dies is replaced at once."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Milliseconds to a reply, MB of a worker, and milliseconds until a killed one is back."""

    key: str
    server: str
    """Kind of homeserver: `synapse` or `dendrite`."""
    count: int
    accounts: int
    """Of bots: Synapse looks for news for all rooms of an account whenever one of them has some."""
    replies: int
    kills: int
    reply_target: float
    memory_target: float
    return_target: float

    def lines(self) -> Sequence[Line]:
        """The median and the 99th percentile of replies, memory, and the return."""
        where = f"{self._rooms} on one {self.server.capitalize()}"
        title = f"Matrix: command → reply, {where}"
        how = (
            "from a person's request to their long poll's answer, one command at a time; the "
            "server's part is most of it"
        )
        back = f"Matrix: SIGKILL of one in {where} → in the room again"
        effort = f"Matrix: processor time of {{}} for a command, {where}"
        return [
            Line(f"{self.key}-p50", f"{title}, median", "ms", self.reply_target, how=how),
            Line(f"{self.key}-p99", f"{title}, 99th percentile", "ms", statistic="p99"),
            Line(
                f"{self.key}-theirs",
                effort.format("the homeserver"),
                "ms",
                how="all that it does while commands are answered, one at a time",
            ),
            Line(
                f"{self.key}-ours",
                effort.format("Meshvisor"),
                "ms",
                how="of the supervisor, its helpers and all workers meanwhile",
            ),
            Line(
                f"{self.key}-memory",
                f"Matrix: unique memory per worker, {where}",
                "MB",
                self.memory_target,
                how="as for all workers (USS), after some of them have answered",
            ),
            Line(
                f"{self.key}-back",
                back,
                "ms",
                self.return_target,
                how="as the supervisor says, which is asked every two milliseconds",
            ),
        ]

    @property
    def _rooms(self) -> str:
        accounts = "one account" if self.accounts == 1 else f"{self.accounts} accounts"
        return f"{self.count} rooms of {accounts}"

    def runs(self, contender: Contender) -> int | None:
        """Ours only, once: no peer is in Matrix, and one run has many samples."""
        return 1 if contender.key == OURS else 0

    def run(self, contender: Contender) -> Samples:
        """Have commands answered, read what workers need, and kill some."""
        return asyncio.run(self._run())

    async def _run(self) -> Samples:
        async with matrix_fleet(self.server, self.count, self.accounts) as fleet:
            await asyncio.sleep(SETTLE)
            meshes = list(fleet.rooms)
            theirs, ours = fleet.cpu_seconds()
            replies = [await fleet.reply(meshes[i % self.count]) for i in range(self.replies)]
            theirs_then, ours_then = fleet.cpu_seconds()
            pids = [fleet.pid(mesh) for mesh in meshes]
            if None in pids:
                raise BenchmarkError("not all workers are in their rooms any more")
            memory = [unique_megabytes(pid) for pid in pids if pid is not None]
            kills = [await fleet.kill(meshes[i % self.count]) for i in range(self.kills)]
            return {
                f"{self.key}-p50": replies,
                f"{self.key}-p99": replies,
                f"{self.key}-theirs": [(theirs_then - theirs) * 1000 / self.replies],
                f"{self.key}-ours": [(ours_then - ours) * 1000 / self.replies],
                f"{self.key}-memory": memory,
                f"{self.key}-back": kills,
            }
