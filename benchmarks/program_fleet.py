"""A home whose meshes are programs that type, run by this version, and wiped away afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import psutil

from benchmarks.contenders.contender import start_process
from benchmarks.errors import BenchmarkError
from benchmarks.processes import end_descendants

PROGRAM: Final = Path(__file__).parent / "peers" / "typing_program.py"
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


class Join(NamedTuple):
    """One program that has joined."""

    at: int
    """CLOCK_MONOTONIC, ns."""
    pid: int


@dataclass(frozen=True, slots=True)
class ProgramFleet:
    """Programs that are in their meshes, and what they note there."""

    home: Path
    notes: Path

    def joins(self) -> dict[str, Join]:
        """Return the newest join of each mesh."""
        found = {}
        for file in self.notes.iterdir():
            joins = [line.split() for line in file.read_text().splitlines() if line[:1] == "j"]
            if joins:
                found[file.name] = Join(int(joins[-1][1]), int(joins[-1][2]))
        return found

    def workers(self) -> list[int]:
        """Return the PIDs of the workers, which are the programs' parents."""
        return [psutil.Process(join.pid).ppid() for join in self.joins().values()]

    def latencies(self) -> list[float]:
        """Return the milliseconds of all answers that have come."""
        return [
            float(line.split()[1])
            for file in self.notes.iterdir()
            for line in file.read_text().splitlines()
            if line.startswith("answered")
        ]

    def kill(self, mesh: str) -> float:
        """Kill a program and return the seconds until it has joined again."""
        before = self.joins()[mesh]
        began = time.monotonic_ns()
        os.kill(before.pid, signal.SIGKILL)
        self.wait(lambda: self.joins()[mesh] != before, "a killed program to join again")
        return (self.joins()[mesh].at - began) / 1e9

    def wait(self, is_true: Callable[[], bool], what: str) -> None:
        """Wait for something to be true.

        Raises:
            BenchmarkError: it does not become true; says what was printed last.
        """
        end = time.monotonic() + PATIENCE
        while not is_true():
            if time.monotonic() > end:
                said = (self.home / "output.log").read_text(errors="replace")[-1000:]
                raise BenchmarkError(f"waited in vain for {what}\n{said}")
            time.sleep(0.05)


@contextmanager
def program_fleet(count: int, rate: float) -> Iterator[ProgramFleet]:
    """Start so many programs, wait until all have joined, and end everything afterwards.

    Args:
        count: of meshes.
        rate: commands per second that each types.
    """
    home = Path(tempfile.mkdtemp(prefix="fleet-"))
    try:
        fleet = ProgramFleet(home, home / "notes")
        fleet.notes.mkdir()
        (home / "config").mkdir(mode=0o700)
        meshes = [
            MESH.format(
                mesh=f"m{number}",
                python=sys.executable,
                program=PROGRAM,
                notes=fleet.notes,
                rate=rate,
            )
            for number in range(count)
        ]
        (home / "config" / "meshvisor.toml").write_text(SETTINGS + "".join(meshes))
        program = Path(sys.executable).with_name("meshvisor")
        start_process([str(program), "run", "--no-console", "--home", str(home)], home)
        fleet.wait(lambda: len(fleet.joins()) == count, "all programs to join")
        yield fleet
    finally:
        end_descendants()
        shutil.rmtree(home, ignore_errors=True)
