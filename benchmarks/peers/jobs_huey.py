"""Huey on SQLite, measured as a queue of jobs: `WHAT FOLDER COUNT SLOTS`.

Its database is flushed at each commit (`fsync=True`), in WAL mode, which is its default.  Callers
and the consumer are two processes, as its documentation has it; the consumer's waits are its
defaults.  A task that returns nothing leaves no result behind, and there is no history.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from huey import SqliteHuey  # type: ignore[import-not-found]

from benchmarks.peers.jobs_measure import Notes, Wanted, main, wait_for

wanted = Wanted.of(sys.argv)
huey = SqliteHuey(filename=str(wanted.folder / "huey.db"), fsync=True)
notes = Notes(wanted.folder / "notes")


@huey.task()  # type: ignore[untyped-decorator]
def noop() -> None:
    """Say that it runs."""
    notes.add()


def enqueue() -> float:
    """Return the seconds for all of them; one thread is faster here than several."""
    began = time.monotonic()
    for _ in range(wanted.count):
        noop()
    return time.monotonic() - began


def run() -> float:
    """Return the seconds from the first `enqueue` until all have run."""
    with Consumer(wanted.slots):
        began = time.monotonic_ns()
        enqueue()
        notes.wait_for(wanted.count)
        return (notes.last() - began) / 1e9


def idle(pauses: list[float]) -> list[float]:
    """Return the milliseconds from each `enqueue` to the start of its handler."""
    found = []
    with Consumer(1):
        for number, pause in enumerate(pauses, 1):
            time.sleep(pause)
            began = time.monotonic_ns()
            noop()
            notes.wait_for(number)
            found.append((notes.last() - began) / 1e6)
    return found


class Consumer:
    """Its consumer with so many threads, in a process of its own."""

    def __init__(self, threads: int) -> None:
        self._threads = threads

    def __enter__(self) -> None:
        self._pid = os.fork()
        if not self._pid:
            huey.create_consumer(workers=self._threads, periodic=False).run()
            os._exit(0)
        ready = Path(f"/proc/{self._pid}/task")
        wait_for(lambda: len(list(ready.iterdir())) > self._threads)

    def __exit__(self, *_: object) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)


if __name__ == "__main__":
    main(wanted, enqueue, run, idle)
