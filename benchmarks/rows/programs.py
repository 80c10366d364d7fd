"""Meshes as programs: how soon a command is answered, and a killed program is back."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.contenders.contender import OURS, Contender
from benchmarks.errors import BenchmarkError
from benchmarks.processes import unique_megabytes
from benchmarks.program_fleet import program_fleet
from benchmarks.rows.row import Line, Samples

STABLE: Final = 12.0
"""Seconds after which a loss is followed by an immediate return."""
SELDOM: Final = 0.001
"""Commands per second of programs that are idle."""
SETTLE: Final = 3.0
"""Seconds after the last join: garbage of the start is gone by then."""


@dataclass(frozen=True, slots=True)
class Programs:
    """Milliseconds from a command to the reply, and seconds until a killed program is back."""

    key: str
    count: int
    rate: int
    """Commands per second in each mesh."""
    seconds: float
    kills: int
    reply_target: float
    return_target: float

    def lines(self) -> Sequence[Line]:
        """The median, the 99th percentile, and the return."""
        title = f"program: command → reply, {self.count} programs at {self.rate} commands/s each"
        how = (
            "from the program's write of `?ping` to its read of the reply, on the two pipes; the "
            "worker's part, the scheduler's included"
        )
        back = f"program: SIGKILL of one of {self.count} → joined again"
        return [
            Line(f"{self.key}-p50", f"{title}, median", "ms", self.reply_target, how=how),
            Line(f"{self.key}-p99", f"{title}, 99th percentile", "ms", statistic="p99"),
            Line(f"{self.key}-back", back, "s", self.return_target),
        ]

    def runs(self, contender: Contender) -> int | None:
        """Ours only, once: no peer has programs, and one run has thousands of samples."""
        return _ours_once(contender)

    def run(self, contender: Contender) -> Samples:
        """Let programs type for a while, then kill some."""
        with program_fleet(self.count, self.rate) as fleet:
            time.sleep(max(self.seconds, STABLE))
            latencies = fleet.latencies()
            if len(latencies) < self.count:
                raise BenchmarkError(f"only {len(latencies)} commands were answered")
            return {
                f"{self.key}-p50": latencies,
                f"{self.key}-p99": latencies,
                f"{self.key}-back": [fleet.kill(f"m{number}") for number in range(self.kills)],
            }


@dataclass(frozen=True, slots=True)
class ProgramMemory:
    """MB per worker whose mesh is a program; the program itself is not counted."""

    key: str
    count: int
    target: float

    def lines(self) -> Sequence[Line]:
        """Unique memory per worker."""
        title = f"program: unique memory per worker, {self.count} programs"
        how = "as for all workers (USS), without the programs themselves"
        return [Line(self.key, title, "MB", self.target, how=how)]

    def runs(self, contender: Contender) -> int | None:
        """Ours only, once: one fleet has as many samples as workers."""
        return _ours_once(contender)

    def run(self, contender: Contender) -> Samples:
        """Let programs be idle, and read what their workers need."""
        with program_fleet(self.count, SELDOM) as fleet:
            time.sleep(SETTLE)
            return {self.key: [unique_megabytes(pid) for pid in fleet.workers()]}


# Private


def _ours_once(contender: Contender) -> int:
    return 1 if contender.key == OURS else 0
