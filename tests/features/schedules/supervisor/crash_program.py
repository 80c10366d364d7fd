"""A timer whose clock runs a minute with each look, until it is killed or the time is over.

    python -m tests.features.schedules.supervisor.crash_program DATABASE MINUTES
    python -m tests.features.schedules.supervisor.crash_program FOLDER MINUTES at-each-commit

It begins where the schedule is, so that what comes after a crash is what a supervisor sees that is
started again.  Each look is printed to stdout.  With the third argument it is killed by itself
after its first commit and goes on to the end, then the same in another database after the second
commit, and so on: each time in a process that is forked for it, because loading takes longer than
all else.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import sqlite3
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
    entry(name="then", cron="", after=["s"], overlap="allow"),
)  # fmt: skip


async def main(path: Path, minutes: int, dies_after: int | None = None) -> None:
    """Go on where it was.

    Args:
        path: the database.
        minutes: how long, from the start of the clock.
        dies_after: commits behind which the process kills itself; None: it does not.
    """
    bench = Bench(path, *SCHEDULES)
    if dies_after is not None:
        commits = itertools.count(1)

        def die(_db: sqlite3.Connection) -> None:
            if next(commits) == dies_after:
                os.kill(os.getpid(), signal.SIGKILL)

        bench.store.after_commit(die)
    ((settled_until,),) = bench.rows(
        "SELECT min(settled_until) FROM schedule_positions WHERE timing NOT LIKE 'after%'"
    )
    if settled_until is not None:
        bench.clock.set_wall(settled_until / 1000)
    while bench.clock.wall() < START + minutes * 60:
        await bench.advance(60)
        ids = bench.rows("SELECT id FROM jobs WHERE status = 'queued'")
        for (job_id,) in ids[:3]:
            await bench.end(job_id)
        print(bench.clock.wall(), flush=True)
    await bench.take_in()
    bench.store.close()


def at_each_commit(folder: Path, minutes: int) -> None:
    """Kill it behind each of its commits, one after the other."""
    for number in itertools.count(1):
        path = folder / f"{number}.db"
        was_killed = _forked(path, minutes, number)
        if not was_killed:
            return  # it has no more commits than that
        assert not _forked(path, minutes, None)


def _forked(path: Path, minutes: int, dies_after: int | None) -> bool:
    """Run it in a process of its own; say whether that was killed.

    Raises:
        RuntimeError: it has failed.
    """
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            asyncio.run(main(path, minutes, dies_after))
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise RuntimeError(f"{path} has failed")
    return os.WIFSIGNALED(status)


if __name__ == "__main__":
    if len(sys.argv) > 3:
        at_each_commit(Path(sys.argv[1]), int(sys.argv[2]))
    else:
        asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
