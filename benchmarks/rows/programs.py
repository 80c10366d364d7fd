"""Meshes as programs: how soon a command is answered, and a killed program is back."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.contenders.contender import OURS, Contender, start_process
from benchmarks.errors import BenchmarkError
from benchmarks.processes import end_descendants
from benchmarks.rows.row import Line, Samples

PROGRAM: Final = Path(__file__).parents[1] / "peers" / "typing_program.py"
SETTINGS: Final = """\
[fleet]
connects_per_second = 10000
[commands]
cooldown = 0
"""
MESH: Final = """
[[meshes]]
id = "{mesh}"
transport = "program"
command = ["{python}", "{program}", "{notes}", "{rate}"]
"""
PATIENCE: Final = 120.0
"""Seconds for all programs to start, of which each loads an interpreter of its own."""
STABLE: Final = 12.0
"""Seconds after which a loss is followed by an immediate return."""


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
        return 1 if contender.key == OURS else 0

    def run(self, contender: Contender) -> Samples:
        """Let programs type for a while, then kill some."""
        home = Path(tempfile.mkdtemp(prefix="fleet-"))
        try:
            notes = self._prepare(home)
            program = Path(sys.executable).with_name("meshvisor")
            start_process([str(program), "run", "--no-console", "--home", str(home)], home)
            _wait(lambda: len(_joins(notes)) == self.count, "all programs to join", home)
            time.sleep(max(self.seconds, STABLE))
            latencies = _latencies(notes)
            if len(latencies) < self.count:
                raise BenchmarkError(f"only {len(latencies)} commands were answered")
            return {
                f"{self.key}-p50": latencies,
                f"{self.key}-p99": latencies,
                f"{self.key}-back": [self._kill(notes, home, n) for n in range(self.kills)],
            }
        finally:
            end_descendants()
            shutil.rmtree(home, ignore_errors=True)

    def _prepare(self, home: Path) -> Path:
        notes = home / "notes"
        notes.mkdir()
        (home / "config").mkdir(mode=0o700)
        meshes = [
            MESH.format(
                mesh=f"m{number}",
                python=sys.executable,
                program=PROGRAM,
                notes=notes,
                rate=self.rate,
            )
            for number in range(self.count)
        ]
        (home / "config" / "meshvisor.toml").write_text(SETTINGS + "".join(meshes))
        return notes

    def _kill(self, notes: Path, home: Path, number: int) -> float:
        mesh = f"m{number}"
        before = _joins(notes)[mesh]
        began = time.monotonic_ns()
        os.kill(before[1], signal.SIGKILL)
        _wait(lambda: _joins(notes)[mesh] != before, "a killed program to join again", home)
        return (_joins(notes)[mesh][0] - began) / 1e9


# Private


def _joins(notes: Path) -> dict[str, tuple[int, int]]:
    """Return the moment (ns) and the PID of the newest join by mesh."""
    found = {}
    for file in notes.iterdir():
        joins = [line.split() for line in file.read_text().splitlines() if line[:1] == "j"]
        if joins:
            found[file.name] = (int(joins[-1][1]), int(joins[-1][2]))
    return found


def _latencies(notes: Path) -> list[float]:
    return [
        float(line.split()[1])
        for file in notes.iterdir()
        for line in file.read_text().splitlines()
        if line.startswith("answered")
    ]


def _wait(is_true: Callable[[], bool], what: str, home: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not is_true():
        if time.monotonic() > end:
            said = (home / "output.log").read_text(errors="replace")[-1000:]
            raise BenchmarkError(f"waited in vain for {what}\n{said}")
        time.sleep(0.05)
