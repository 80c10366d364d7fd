"""`python -m tests.features.workflows.engine.killed [COUNT]`: SIGKILL at so many commits.

An engine in a process of its own is killed by the kernel right before or right behind one of its
next commits, and started again, until everything has ended; then another life begins.  Prints how
often it was killed; whatever is lost or done twice ends it with a traceback.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from meshvisor.features.workflows.engine import core as core_module
from meshvisor.features.workflows.engine.database import open_own
from meshvisor.features.workflows.engine.exchange import Done
from tests.features.workflows.engine.bench import Bench
from tests.features.workflows.engine.test_kills import STEPS

COUNT: Final = 200
EVENTS: Final = 12
"""Of one life; each begins two executions with eight commits or more."""
MOMENTS: Final = (1, 2, 3, 4, 5, 6, 7, 8)
"""When the next engine is killed; of the first ones it does not get anywhere."""
TURNS: Final = 1_000


class Fused:
    """A connection at one of whose commits the process is killed: before odd moments, behind even
    ones.
    """

    def __init__(self, db: sqlite3.Connection, moment: int) -> None:
        self._db = db
        self._left, self._is_behind = (moment + 1) // 2, moment % 2 == 0

    def execute(self, statement: str, *arguments: Any) -> sqlite3.Cursor:
        """Execute a statement."""
        self._left -= statement == "COMMIT"
        is_last = statement == "COMMIT" and self._left == 0
        if is_last and not self._is_behind:
            os.kill(os.getpid(), signal.SIGKILL)
        done = self._db.execute(statement, *arguments)
        if is_last:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)


def lived(folder: Path) -> int:
    """Live a life in which one engine after another is killed; return how many were."""
    (folder / "asked").touch()
    _in_child(partial(_prepare, folder))
    kills = 0
    while not _in_child(partial(_live, folder, MOMENTS[kills % len(MOMENTS)])):
        kills += 1
    asked = set((folder / "asked").read_text().splitlines())
    bench = Bench(folder)
    assert bench.statuses() == ["completed"] * 2 * EVENTS, bench.statuses()
    assert len(asked) == 2 * EVENTS, asked
    assert bench.reported().count("workflow.completed") == 2 * EVENTS
    bench.close()
    return kills


def _prepare(folder: Path) -> None:
    bench = Bench(folder)
    bench.save({"set_variable": {"m": "{{ n }}"}}, name="child", on=[])
    bench.save(*STEPS)
    for number in range(EVENTS):
        bench.happens("alert.created", str(number), title=f"t{number}", severity="critical")
    bench.close()


def _live(folder: Path, moment: int) -> None:
    setattr(core_module, "open_own", lambda path: Fused(open_own(path), moment))  # noqa: B010 - a name that it imports
    core_module.AT_A_TIME = 1  # type: ignore[misc]
    bench = Bench(folder)
    for _ in range(TURNS):
        answers = []
        for request in bench.requests[:1]:
            # On the disk before it is delivered, as in the world.
            with (folder / "asked").open("a") as file:
                file.write(f"{request.key}\n")
            answers.append(Done(request, {"id": 1}))
        del bench.requests[:1]
        bench.turn(*answers)
        if not bench.requests:
            bench.later(6)
        if bench.statuses().count("completed") == 2 * EVENTS and not bench.requests:
            return


def _in_child(work: Callable[[], None]) -> bool:
    """Do something in a process of its own; return whether it has come to its end."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.WEXITSTATUS(status) == 0
    return True


def main() -> None:
    """Live until it was killed often enough."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    kills = lives = 0
    with tempfile.TemporaryDirectory() as folder:
        while kills < count:
            place = Path(folder) / str(lives)
            place.mkdir()
            kills, lives = kills + lived(place), lives + 1
    print(f"{kills} kills in {lives} lives: nothing was lost, and nothing was asked for twice")


if __name__ == "__main__":
    main()
