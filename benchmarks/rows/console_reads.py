"""Reads of the HTTP API with very many jobs: one client asks again and again.

No peers.  The jobs are in the database before the supervisor starts, most of them finished.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from benchmarks.console import Console
from benchmarks.contenders.contender import Contender, is_ours
from benchmarks.contenders.meshvisor import Meshvisor
from benchmarks.errors import BenchmarkError
from benchmarks.job_programs.filled import fill
from benchmarks.processes import cpu_seconds, resident_megabytes
from benchmarks.rows.row import Line, Samples
from benchmarks.trial import trial

WARM: Final = 3
"""Requests that are not counted: pages of the database are read from the disk."""

ADDRESSES: Final = {
    "list": ("a page of 50", "/api/v1/jobs"),
    "long": ("a page of 500", "/api/v1/jobs?limit=500"),
    "failed": ("those that failed", "/api/v1/jobs?status=failed"),
    "rare": ("those that are interrupted: none", "/api/v1/jobs?status=interrupted"),
    "nothing": ("an action that no job has", "/api/v1/jobs?action=none"),
    "one": ("one with its history", "/api/v1/jobs/1"),
    "counts": ("counts by state and lane", "/api/v1/jobs/stats"),
    "events": ("events of the log, 100", "/api/v1/events?limit=100"),
}


@dataclass(frozen=True, slots=True)
class ConsoleReads:
    """Milliseconds of reads, their processor time in the supervisor, and the console's memory."""

    key: str
    jobs: int
    repeats: int
    target: float
    """Milliseconds, 95th percentile."""
    memory_target: float
    """MB."""

    def lines(self) -> Sequence[Line]:
        """One for each address, and two."""
        of = f"API read with {self.jobs:,} jobs, 95th percentile: "
        how = "one client on one connection, over loopback; the median of the runs"
        reads = [
            Line(f"{self.key}-{name}", f"{of}{words}", "ms", self.target, how=how)
            for name, (words, _) in ADDRESSES.items()
        ]
        return [
            *reads,
            Line(
                f"{self.key}-supervisor",
                f"supervisor's CPU for a page of 500 of {self.jobs:,} jobs",
                "ms",
                how="the difference of its processor time, divided by the requests",
            ),
            Line(f"{self.key}-memory", "console's memory after these reads", "MB",
                 self.memory_target, how="resident, shared pages in full"),
        ]  # fmt: skip

    def runs(self, contender: Contender) -> int | None:
        """Ours only; as often as usual."""
        return None if is_ours(contender) else 0

    def run(self, contender: Contender) -> Samples:
        """Start a supervisor on a full database and read."""
        assert isinstance(contender, Meshvisor)
        with trial(contender, 1, with_console=True, prepare=self._prepare) as running:
            running.wait_until_connected()
            console = Console.of(running.home, contender.program)
            with httpx.Client(
                base_url=console.url, headers=console.headers, trust_env=False, timeout=60
            ) as client:
                found = {
                    f"{self.key}-{name}": [_p95(self._read(client, address))]
                    for name, (_, address) in ADDRESSES.items()
                }
                before = cpu_seconds([running.supervisor])
                self._read(client, ADDRESSES["long"][1])
                spent = cpu_seconds([running.supervisor]) - before
            found[f"{self.key}-supervisor"] = [spent * 1000 / (self.repeats + WARM)]
            found[f"{self.key}-memory"] = [resident_megabytes(console.pid)]
            return found

    # Private

    def _prepare(self, home: Path) -> None:
        fill(home / "var" / "meshvisor.db", self.jobs)

    def _read(self, client: httpx.Client, address: str) -> list[float]:
        taken = []
        for _ in range(self.repeats + WARM):
            began = time.perf_counter()
            response = client.get(address)
            taken.append((time.perf_counter() - began) * 1000)
            if response.status_code != 200:
                raise BenchmarkError(f"{address} answers {response.status_code}: {response.text}")
        return taken[WARM:]


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[max(0, -(-len(values) * 95 // 100) - 1)]
