"""How fast jobs work, from successive views of them.

Owns the figures only.  Time is that of the views, so that a slow connection distorts nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any, Final

from meshvisor.features.jobs.cli.words import finished_of

WINDOW: Final = 30.0
"""Seconds that a pace is the mean of: a service answers now fast, now slowly, and a figure that
jumps tells nothing."""


class Pace:
    """Items per second of each job that runs."""

    def __init__(self) -> None:
        self._seen: dict[int, deque[tuple[float, int]]] = {}

    def take(self, at: float, jobs: Iterable[dict[str, Any]]) -> None:
        """Take in a view.

        Args:
            at: its epoch seconds.
            jobs: those in it; any other is forgotten.
        """
        before, self._seen = self._seen, {}
        for job in jobs:
            # The time in which a job waits is no part of its pace.
            if job["status"] == "active":
                seen = before.get(job["job_id"], deque())
                self._seen[job["job_id"]] = _with(seen, at, finished_of(job["counts"]))

    def of(self, job_id: int) -> float | None:
        """Return items per second; None: unknown yet."""
        seen = self._seen.get(job_id)
        if not seen:
            return None
        (first_at, first), (last_at, last) = seen[0], seen[-1]
        if last <= first or last_at <= first_at:
            return None
        return (last - first) / (last_at - first_at)

    def seconds_left(self, job: dict[str, Any]) -> float | None:
        """Return when the items that are left will have an outcome; None: unknown."""
        pace = self.of(job["job_id"])
        return None if pace is None else job["counts"]["pending"] / pace


def _with(seen: deque[tuple[float, int]], at: float, finished: int) -> deque[tuple[float, int]]:
    if seen and finished < seen[-1][1]:
        seen.clear()  # it was queued anew
    seen.append((at, finished))
    while seen[0][0] < at - WINDOW and len(seen) > 2:
        seen.popleft()
    return seen
