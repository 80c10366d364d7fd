"""No healthy worker may be taken for hung while every core is busy with something else."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from benchmarks.contenders.contender import Contender, is_ours
from benchmarks.processes import family_of
from benchmarks.rows.row import Line, Samples
from benchmarks.trial import trial

SETTLE: Final = 3.0
"""Seconds before the load begins."""
BURNERS_PER_CORE: Final = 2
"""More runnable processes than cores: each core stays full even while one of them waits."""


@dataclass(frozen=True, slots=True)
class FullLoad:
    """Workers that were replaced or lost their connection under load."""

    key: str
    size: int
    seconds: float

    def lines(self) -> Sequence[Line]:
        """One line."""
        cores = os.cpu_count() or 1
        title = f"false kills in {self.seconds:g} s of full load on {cores} cores"
        how = (
            f"{BURNERS_PER_CORE} endless loops per core beside {self.size} workers; workers whose "
            "process or connection changed are counted; peers do not look for hangs"
        )
        return [Line(self.key, title, "", 0, "max", how)]

    def runs(self, contender: Contender) -> int | None:
        """Ours only: who never replaces a hung worker cannot replace a healthy one."""
        return 1 if is_ours(contender) else 0

    def run(self, contender: Contender) -> Samples:
        """Compare the workers before and after the load."""
        with trial(contender, self.size) as running:
            running.wait_until_connected()
            time.sleep(SETTLE)
            before = running.workers()
            began = time.monotonic_ns()
            with _full_load():
                time.sleep(self.seconds)
            alive = {process.pid for process in family_of(running.supervisor)}
            replaced = sum(pid not in alive for pid in before.values())
            reconnected = len({one.room for one in running.server.connects_after(began)})
            lost = running.server.disconnects_after(began)
            return {self.key: [float(max(replaced, reconnected, lost))]}


@contextmanager
def _full_load() -> Iterator[None]:
    count = BURNERS_PER_CORE * (os.cpu_count() or 1)
    burners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()
