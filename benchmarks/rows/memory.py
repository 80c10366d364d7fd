"""Memory of connected, idle workers: what each needs for itself, and what the whole fleet takes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.contenders.contender import Contender, is_ours
from benchmarks.processes import proportional_megabytes, unique_megabytes
from benchmarks.rows.row import Line, Samples
from benchmarks.trial import trial

SETTLE: Final = 3.0
"""Seconds after the last connect: garbage of the start is gone by then."""

PLUGIN: Final = '''\
"""A plug-in as operators have them: a command that submits a job, and its action."""

from worker.api import CommandContext, JobContext, action, command


@action("count")
async def count(job: JobContext) -> None:
    async for item in job.items():
        await item.done()


@command("count", help="Count to three")
async def start(ctx: CommandContext) -> None:
    await ctx.submit("count", ["1", "2", "3"])
'''


@dataclass(frozen=True, slots=True)
class Memory:
    """MB per worker and in all.

    Attributes:
        with_jobs: whether a plug-in with an action is loaded, whose commands submit jobs.
    """

    key: str
    size: int
    each_target: float | None
    total_target: float | None
    ours_only: bool = False
    with_jobs: bool = False

    def lines(self) -> Sequence[Line]:
        """Unique memory per worker, proportional memory of everything."""
        fleet = f"{self.size} workers" + (" with a plug-in of jobs" if self.with_jobs else "")
        return [
            Line(
                f"{self.key}-each",
                f"unique memory per connected worker, {fleet}",
                "MB",
                self.each_target,
                how="USS (private pages of /proc/PID/smaps_rollup), all workers' values pooled",
            ),
            Line(
                f"{self.key}-total",
                f"memory of all processes together, {fleet}",
                "MB",
                self.total_target,
                how="PSS of the supervisor and everything below it: shared pages counted once",
            ),
        ]

    def runs(self, contender: Contender) -> int | None:
        """One fleet has as many samples as workers, so one run each."""
        return 0 if self.ours_only and not is_ours(contender) else 1

    def run(self, contender: Contender) -> Samples:
        """Connect a fleet, let it settle and read its memory."""
        prepare = _add_plugin if self.with_jobs else None
        with trial(contender, self.size, prepare=prepare) as running:
            running.wait_until_connected()
            time.sleep(SETTLE)
            each = [unique_megabytes(pid) for pid in running.workers().values()]
            total = proportional_megabytes(running.family())
            return {f"{self.key}-each": each, f"{self.key}-total": [total]}


def _add_plugin(home: Path) -> None:
    folder = home / "config" / "plugins"
    folder.mkdir(mode=0o700, parents=True)
    (home / "config").chmod(0o700)
    (folder / "counting.py").write_text(PLUGIN)
