"""persist-queue, measured as a queue of jobs: `WHAT FOLDER COUNT SLOTS`.

`SQLiteAckQueue` is the one of its queues that survives a crash between taking a job and its end.
It leaves `synchronous` at SQLite's default, which is FULL.  Callers and takers are threads of one
process: between processes it looks again every 10 s only.
"""

from __future__ import annotations

import sys
import threading
import time

from persistqueue import SQLiteAckQueue  # type: ignore[import-not-found]

from benchmarks.peers.jobs_measure import Notes, Wanted, main

wanted = Wanted.of(sys.argv)
queue = SQLiteAckQueue(str(wanted.folder), auto_commit=True, multithreading=True)
notes = Notes(wanted.folder / "notes")
ended = threading.Semaphore(0)


def work() -> None:
    """Take jobs for ever; each is done when it is acknowledged."""
    while True:
        job = queue.get()
        notes.add()
        queue.ack(job)
        ended.release()


def start(threads: int) -> None:
    """Let so many threads take jobs."""
    for _ in range(threads):
        threading.Thread(target=work, daemon=True).start()


def enqueue() -> float:
    """Return the seconds for all of them; one thread is faster here than several."""
    began = time.monotonic()
    for _ in range(wanted.count):
        queue.put("noop")
    return time.monotonic() - began


def run() -> float:
    """Return the seconds from the first `put` until all are acknowledged."""
    start(wanted.slots)
    began = time.monotonic()
    enqueue()
    for _ in range(wanted.count):
        ended.acquire()
    return time.monotonic() - began


def idle(pauses: list[float]) -> list[float]:
    """Return the milliseconds from each `put` to the start of its handler."""
    start(1)
    found = []
    for number, pause in enumerate(pauses, 1):
        time.sleep(pause)
        began = time.monotonic_ns()
        queue.put("noop")
        notes.wait_for(number)
        found.append((notes.last() - began) / 1e6)
    return found


if __name__ == "__main__":
    main(wanted, enqueue, run, idle)
