"""What it costs a worker to judge whether a user may use a command."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.contenders.contender import Contender, is_ours, run_command
from benchmarks.directory import LARGE
from benchmarks.places import BENCHMARKS
from benchmarks.rows.row import Line, Samples


@dataclass(frozen=True, slots=True)
class AccessCheck:
    """Microseconds of one judgement."""

    key: str
    repeats: int
    target: float | None

    def lines(self) -> Sequence[Line]:
        """One line."""
        how = (
            "random users and commands, half of the users admins and half of the commands for "
            "them; in a process of its own, the loop included"
        )
        return [
            Line(self.key, f"permission check in a worker ({LARGE})", "µs", self.target, how=how)
        ]

    def runs(self, contender: Contender) -> int | None:
        """Ours only; one process repeats it."""
        return 1 if is_ours(contender) else 0

    def run(self, contender: Contender) -> Samples:
        """Run the program that times it."""
        numbers = [str(LARGE.admins), str(LARGE.permissions), str(self.repeats)]
        argv = [sys.executable, "-m", "benchmarks.access_timing", *numbers]
        environment = {"PYTHONPATH": str(BENCHMARKS.parent)}
        return {self.key: json.loads(run_command(argv, environment))}
