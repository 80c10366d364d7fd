"""A change of who may do what: until it is in force in every worker of a large fleet.

The moment begins when the request leaves on an open control connection and ends, for each worker
by itself, when the new table has taken the old one's place there: from then on a command is judged
by it.  A plug-in in the measured home notes that moment (`watch_access`), and what the worker's own
judgement is with the new table; only the expected one counts.  Noting costs each worker some
10 µs after its moment is taken.  That a permission is what people in the rooms meet is looked at
before and after: one in each room uses the command, and all must be refused, or none.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from benchmarks.access_notes import AccessNotes, Note, install
from benchmarks.contenders.contender import Contender, is_ours
from benchmarks.directory import USUAL, DirectorySize
from benchmarks.errors import BenchmarkError
from benchmarks.figures import Sample
from benchmarks.people import ask
from benchmarks.rows.row import Line, Samples
from benchmarks.trial import Trial, trial
from benchmarks.watch_access import WATCHED
from meshvisor.shared.control.client import ControlClient
from meshvisor.shared.errors import MeshvisorError

SETTLE: Final = 3.0
"""Seconds before the first change."""
PAUSE: Final = 0.3
"""Seconds between two changes, so that each is an event of its own."""
WINDOW: Final = 10.0
"""Seconds to wait for a worker; beyond it the answer is "never"."""

What = Literal["permission", "admin"]


@dataclass(frozen=True, slots=True)
class AccessChange:
    """Milliseconds from a request to its effect in each worker."""

    key: str
    size: int
    changes: int
    """Back and forth by turns; a first one is not counted."""
    what: What
    directory: DirectorySize = USUAL
    """What there is beside what is changed."""
    target: float | None = None
    """Of the 99th percentile."""

    def lines(self) -> Sequence[Line]:
        """The median and the 99th percentile of all workers, the last worker, the answer."""
        title = f"{self.what} change → in force, {self.size} workers ({self.directory})"
        request = "perm_set" if self.what == "permission" else "admin_add and admin_remove"
        how = (
            f"from the request ({request}, both ways by turns, {self.changes} changes) to the "
            "moment at which the worker judges by its new table, noted there by a plug-in; all "
            "workers' values pooled"
        )
        slowest = "the last worker of each change; the table shows the slowest of all changes"
        return [
            Line(f"{self.key}-p50", f"{title}, median", "ms", how=how),
            Line(f"{self.key}-p99", f"{title}, 99th percentile", "ms", self.target, "p99"),
            Line(f"{self.key}-last", f"{title}, last worker", "ms", None, "max", slowest),
            Line(f"{self.key}-answer", title.replace("in force", "answered"), "ms"),
        ]

    def runs(self, contender: Contender) -> int | None:
        """Ours only; one run has as many samples as workers times changes."""
        return 1 if is_ours(contender) else 0

    def run(self, contender: Contender) -> Samples:
        """Change something again and again."""
        with trial(contender, self.size, prepare=self._prepare) as running:
            running.wait_until_connected()
            time.sleep(SETTLE)
            workers = running.workers()
            effects = list(self._change_often(running, AccessNotes(running.home, workers)))
            # A successor gets it before it connects; it is none that was slow to hear of a change.
            if running.workers() != workers:
                raise BenchmarkError("a worker was replaced while permissions were changed")
        each = [sample for effect in effects for sample in effect.workers]
        return {
            f"{self.key}-p50": each,
            f"{self.key}-p99": each,
            f"{self.key}-last": [effect.last for effect in effects],
            f"{self.key}-answer": [effect.answer for effect in effects],
        }

    def _prepare(self, home: Path) -> None:
        self.directory.write_into(home)
        install(home)

    def _change_often(self, running: Trial, notes: AccessNotes) -> Iterator[_Effect]:
        try:
            with ControlClient(running.home, WINDOW) as client:
                _change(client, notes, self.what, restrict=True)
                self._ask_everyone(running, restricted=True)
                for number in range(self.changes):
                    time.sleep(PAUSE)
                    yield _change(client, notes, self.what, restrict=number % 2 == 1)
        except MeshvisorError as error:
            raise BenchmarkError(f"the change failed: {error}") from error
        self._ask_everyone(running, restricted=self.changes % 2 == 0)

    def _ask_everyone(self, running: Trial, *, restricted: bool) -> None:
        if self.what != "permission":
            return
        answers = ask(running, "?ping", rate=1, seconds=1)
        expected = len(answers.latencies_ms) if restricted else 0
        if answers.refused != expected:
            raise BenchmarkError(f"{answers.refused} instead of {expected} people were refused")


@dataclass(frozen=True, slots=True)
class _Effect:
    """Milliseconds from one request."""

    answer: float
    """To its answer."""
    workers: Sequence[Sample]
    """To its effect in each worker."""

    @property
    def last(self) -> Sample:
        """To its effect in the last worker."""
        known = [sample for sample in self.workers if sample is not None]
        return max(known) if len(known) == len(self.workers) else None


def _change(client: ControlClient, notes: AccessNotes, what: What, *, restrict: bool) -> _Effect:
    """Take a right away (the command from all users, the admin's from one), or give it back."""
    began = time.monotonic_ns()
    if what == "permission":
        client.request("perm_set", command="ping", level="admin" if restrict else "user")
    else:
        client.request("admin_remove" if restrict else "admin_add", user_id=WATCHED)
    answer = (time.monotonic_ns() - began) / 1e6

    def holds(note: Note) -> bool:
        return (note.ping_allowed if what == "permission" else note.is_admin) != restrict

    effects = notes.wait(began, holds, WINDOW).values()
    return _Effect(answer, [None if at is None else (at - began) / 1e6 for at in effects])
