"""A timer whose clock runs a minute with each look, until it is killed or the time is over.

    python -m tests.features.schedules.supervisor.crash_program DATABASE MINUTES

It begins where the schedule is, so that what comes after a crash is what a supervisor sees that is
started again.  Each commit is told on stdout.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Final

from tests.clock import START
from tests.features.schedules.supervisor.conftest import Bench, entry

SCHEDULES: Final = (
    entry(cron="* * * * *", overlap="allow", misfire="all", misfire_window=365 * 86_400),
    entry(
        name="queued", cron="* * * * *", overlap="queue_all", misfire="all",
        misfire_window=365 * 86_400,
    ),
)  # fmt: skip


async def main(path: Path, minutes: int) -> None:
    """Go on where it was."""
    bench = Bench(path, *SCHEDULES)
    ((settled_until,),) = bench.rows("SELECT min(settled_until) FROM schedule_positions")
    if settled_until is not None:
        bench.clock.set_wall(settled_until / 1000)
    while bench.clock.wall() < START + minutes * 60:
        await bench.advance(60)
        ids = bench.rows("SELECT id FROM jobs WHERE status = 'queued'")
        for (job_id,) in ids[:2]:
            await bench.end(job_id)
        print(bench.clock.wall(), flush=True)
    bench.store.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
