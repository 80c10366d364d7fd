"""What the programs of the jobs' peers share: what is asked for, notes of handlers, the answer.

Runs in the peers' own environment, which has nothing of Meshvisor's.
"""

from __future__ import annotations

import json
import os
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

DEADLINE = 300.0
"""Seconds for any measurement."""
LOOK = 0.002
"""Seconds between two looks at the notes of another process; the notes have the exact moments."""
NOTE = struct.Struct("Q")


@dataclass(frozen=True)
class Wanted:
    """The command line."""

    what: str
    folder: Path
    count: int
    slots: int
    pauses: tuple[float, ...]
    """Seconds before each job of `idle`."""

    @classmethod
    def of(cls, argv: Sequence[str]) -> Wanted:
        """Read it: WHAT FOLDER COUNT SLOTS [PAUSE...]."""
        return cls(argv[1], Path(argv[2]), int(argv[3]), int(argv[4]), tuple(map(float, argv[5:])))


class Notes:
    """A file in which handlers write when they begin, in whatever process they run."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)

    def add(self) -> None:
        """Write the present moment."""
        os.write(self._file, NOTE.pack(time.monotonic_ns()))

    def __len__(self) -> int:
        return os.fstat(self._file).st_size // NOTE.size

    def wait_for(self, count: int) -> None:
        """Wait until there are so many."""
        wait_for(lambda: len(self) >= count)

    def last(self) -> int:
        """Return the moment of the last note (CLOCK_MONOTONIC, ns)."""
        (moment,) = NOTE.unpack(os.pread(self._file, NOTE.size, (len(self) - 1) * NOTE.size))
        return int(moment)


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until something holds.

    Raises:
        TimeoutError: it does not within `DEADLINE`.
    """
    ends_at = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > ends_at:
            raise TimeoutError("not all jobs have run")
        time.sleep(LOOK)


def main(
    wanted: Wanted,
    enqueue: Callable[[], float],
    run: Callable[[], float],
    idle: Callable[[list[float]], list[float]],
    **others: Callable[[], object],
) -> None:
    """Measure what is wanted and print it as JSON."""
    match wanted.what:
        case "enqueue":
            answer: object = {"seconds": enqueue()}
        case "run":
            answer = {"seconds": run()}
        case "idle":
            answer = {"latencies_ms": idle(list(wanted.pauses))}
        case other if other in others:
            answer = others[other]()
        case other:
            raise SystemExit(f"{other}?")
    print(json.dumps(answer), flush=True)
