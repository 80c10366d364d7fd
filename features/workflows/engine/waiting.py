"""What living executions wait for: moments, events, jobs.

Owns finding those that something is for, in memory.  Does not own going on (`executions`).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping

from meshvisor.features.workflows.engine.execution import Live
from meshvisor.features.workflows.engine.records import due_of
from meshvisor.shared.events.kind import matches


class Waiting:
    """All that wait.

    Args:
        live: the living executions, by number.
    """

    def __init__(self, live: Mapping[int, Live]) -> None:
        self._live = live
        self.watched_jobs: list[tuple[int, int, str]] = []
        """Jobs that a step has just begun to wait for: execution, step, number."""
        self.new_waits: list[tuple[int, int]] = []
        """Steps that have just begun to wait for an event: execution, step."""
        self._dues: list[tuple[int, int]] = []
        self._jobs: dict[str, tuple[int, int]] = {}
        self._events: dict[int, dict[int, tuple[str, ...]]] = {}

    def clear(self) -> None:
        """Forget all."""
        self._dues.clear()
        self._jobs.clear()
        self._events.clear()
        self.watched_jobs.clear()
        self.new_waits.clear()

    def note(self, live: Live) -> None:
        """Take in where an execution is now."""
        events: dict[int, tuple[str, ...]] = {}
        for thread in live.state.threads:
            if thread.waits == "event":
                events[thread.run] = tuple(thread.detail["kinds"])
                if thread.run not in self._events.get(live.id, {}):
                    self.new_waits.append((live.id, thread.run))
            elif thread.waits == "job":
                job = str(thread.detail["job_id"])
                if job not in self._jobs:
                    self._jobs[job] = (live.id, thread.run)
                    self.watched_jobs.append((live.id, thread.run, job))
        if events:
            self._events[live.id] = events
        else:
            self._events.pop(live.id, None)
        heapq.heappush(self._dues, (due_of(live), live.id))

    def forget(self, execution: int) -> None:
        """Take in that one has ended."""
        self._events.pop(execution, None)
        for job in [job for job, (one, _) in self._jobs.items() if one == execution]:
            del self._jobs[job]

    # ---- Moments -----------------------------------------------------------------------------

    def next_due(self) -> int | None:
        """Return the moment at which one has to be looked at; None: none."""
        while self._dues:
            due, number = self._dues[0]
            live = self._live.get(number)
            if live is not None and due == due_of(live):
                return due
            heapq.heappop(self._dues)
        return None

    def due(self, now: Callable[[], int]) -> Iterator[Live]:
        """Yield those whose moment has come; each has to be noted anew, or ended."""
        while (due := self.next_due()) is not None and due <= now():
            _, number = heapq.heappop(self._dues)
            yield self._live[number]

    # ---- Events and jobs ---------------------------------------------------------------------

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds of events that some wait for."""
        return frozenset(
            kind for one in self._events.values() for kinds in one.values() for kind in kinds
        )

    def kinds_of(self, execution: int, run: int) -> tuple[str, ...]:
        """Return the kinds of events that a step waits for; empty: it waits for none."""
        return self._events.get(execution, {}).get(run, ())

    def for_event(self, kind: str) -> list[tuple[Live, int]]:
        """Return the executions, and their steps, that wait for an event of a kind."""
        return [
            (self._live[number], run)
            for number, waiting in self._events.items()
            if number in self._live
            for run, kinds in waiting.items()
            if any(matches(one, kind) for one in kinds)
        ]

    def for_job(self, job: str) -> tuple[Live, int] | None:
        """Return the execution and its step that wait for a job no more; None: none does."""
        execution, run = self._jobs.pop(job, (0, 0))
        live = self._live.get(execution)
        return None if live is None else (live, run)

    def leave_jobs(self, execution: int, run: int) -> list[str]:
        """Return the jobs that a step waits for no more."""
        found = [job for job, one in self._jobs.items() if one == (execution, run)]
        for job in found:
            del self._jobs[job]
        return found
