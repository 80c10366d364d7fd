"""A chat command's way: person, server, worker, server, person, in many rooms at once."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.contenders.contender import OURS, Contender
from benchmarks.errors import BenchmarkError
from benchmarks.places import CHAT_DRIVER
from benchmarks.rows.row import Line, Samples
from benchmarks.trial import Trial, trial

ANSWERING: Final = frozenset({OURS, "node-fork"})
"""The peers all run the same worker, so one of them stands for all."""
SETTLE: Final = 3.0
"""Seconds before people begin to type."""
DRIVER_MARGIN: Final = 30.0
"""Seconds that the driver may take beyond its own duration."""


@dataclass(frozen=True, slots=True)
class Chat:
    """Milliseconds from a command to its reply."""

    key: str
    rooms: int
    rate: int
    """Commands per second in each room."""
    seconds: float
    median_target: float | None
    worst_target: float | None

    def lines(self) -> Sequence[Line]:
        """The median and the 99th percentile."""
        title = f"chat command → reply, {self.rooms} rooms at {self.rate} commands/s each"
        how = f"`?ping` from a person in each room for {self.seconds:g} s; every reply must come"
        return [
            Line(f"{self.key}-p50", f"{title}, median", "ms", self.median_target, how=how),
            Line(f"{self.key}-p99", f"{title}, 99th percentile", "ms", self.worst_target, "p99"),
        ]

    def runs(self, contender: Contender) -> int | None:
        """One run has thousands of samples."""
        return 1 if contender.key in ANSWERING else 0

    def run(self, contender: Contender) -> Samples:
        """Let people type for a while."""
        with trial(contender, self.rooms) as running:
            running.wait_until_connected()
            time.sleep(SETTLE)
            result = self._drive(running)
            if result["answered"] < result["sent"]:
                missing = result["sent"] - result["answered"]
                raise BenchmarkError(f"{missing} of {result['sent']} commands were not answered")
            latencies: list[float] = result["latencies_ms"]
            return {f"{self.key}-p50": latencies, f"{self.key}-p99": latencies}

    def _drive(self, running: Trial) -> dict[str, Any]:
        numbers = [str(self.rate), str(self.seconds)]
        argv = ["node", str(CHAT_DRIVER), running.server.url, "?ping", *numbers, *running.rooms]
        try:
            done = subprocess.run(
                argv,
                capture_output=True,
                text=True,
                timeout=self.seconds + DRIVER_MARGIN,
                check=True,
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise BenchmarkError(f"the chat driver failed: {error}") from error
        result: dict[str, Any] = json.loads(done.stdout)
        return result
