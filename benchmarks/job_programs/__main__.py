"""`python -m benchmarks.job_programs WHAT FOLDER COUNT SLOTS [PAUSE...]` prints JSON."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

from benchmarks.job_programs import alone, planned, with_runner

PROGRAMS: Final[dict[str, Callable[..., Coroutine[Any, Any, Any]]]] = {
    "enqueue": alone.enqueue_all,
    "place": alone.place_all,
    "claim": alone.claim_among,
    "items": alone.record_items,
    "run": with_runner.run_all,
    "walk": with_runner.walk,
    "idle": with_runner.idle,
    "queries": with_runner.queries,
    "preempt": with_runner.preempt,
    "schedules": planned.very_many,
}


def main(argv: list[str]) -> None:
    """Measure and print."""
    what, folder, *numbers = argv
    print(json.dumps(asyncio.run(PROGRAMS[what](Path(folder).resolve(), *map(float, numbers)))))


if __name__ == "__main__":
    main(sys.argv[1:])
