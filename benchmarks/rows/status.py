"""The status command as an operator types it: one whole process, start to end."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.contenders.contender import COMMAND_TIMEOUT, Contender, StatusCommand
from benchmarks.errors import BenchmarkError
from benchmarks.rows.row import Line, Samples
from benchmarks.trial import trial

WITHOUT: Final = "node-fork"
"""A bare Node parent has no command."""
SETTLE: Final = 3.0
"""Seconds before the first call."""


@dataclass(frozen=True, slots=True)
class Status:
    """Milliseconds of the status command."""

    key: str
    size: int
    calls: int
    """Calls on one fleet; a first one is not counted."""
    target: float | None

    def lines(self) -> Sequence[Line]:
        """One line."""
        title = f"status command as a whole process, {self.size} workers"
        how = "meshvisor status, pm2 ls, supervisorctl status, circusctl status; output to a pipe"
        return [Line(self.key, title, "ms", self.target, how=how)]

    def runs(self, contender: Contender) -> int | None:
        """One fleet is asked many times."""
        return 0 if contender.key == WITHOUT else 1

    def run(self, contender: Contender) -> Samples:
        """Call it again and again, each answer checked for the last worker's name."""
        with trial(contender, self.size) as running:
            running.wait_until_connected()
            time.sleep(SETTLE)
            if running.fleet.status is None:
                raise BenchmarkError("has no status command")
            samples = [
                time_status(running.fleet.status, running.rooms[-1]) for _ in range(self.calls + 1)
            ]
            return {self.key: samples[1:]}


def time_status(status: StatusCommand, expected: str) -> float:
    """Return the milliseconds of one call.

    Raises:
        BenchmarkError: it failed, or its answer does not contain `expected`.
    """
    environment = {**os.environ, **status.environment}
    began = time.monotonic_ns()
    done = subprocess.run(
        status.argv,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=COMMAND_TIMEOUT,
        check=False,
    )
    elapsed = (time.monotonic_ns() - began) / 1e6
    if done.returncode != 0 or expected not in done.stdout:
        raise BenchmarkError(f"{status.argv[0]} answered {done.returncode}: {done.stdout[-500:]}")
    return elapsed
