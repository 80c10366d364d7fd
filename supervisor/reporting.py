"""What is reported of the supervisor: problems, notices, status line, and `meshvisor status`.

Owns how what the parts say of themselves becomes one report.  Does not own what they say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any


class Reporter:
    """A part that has something to tell; a base for those that tell only some of it."""

    def problems(self) -> Iterable[str]:
        """Return the present problems of this part, each in one sentence."""
        return ()

    def problems_elsewhere(self) -> Iterable[str]:
        """Return what hinders this part and has a place of its own in `status` beside these."""
        return ()

    def notices(self) -> Iterable[str]:
        """Return what hinders nothing and is worth a look, each in one sentence."""
        return ()

    def summary(self) -> Iterable[str]:
        """Return its share of the status line, such as `3 of 4 meshes connected`."""
        return ()

    def supervisor_fields(self) -> Mapping[str, Any]:
        """Return fields of `SupervisorStatus`."""
        return {}

    def report_fields(self) -> Mapping[str, Any]:
        """Return fields of `StatusReport`."""
        return {}


class Reporting:
    """All reporters, in the order in which they were added."""

    def __init__(self) -> None:
        self._reporters: list[Reporter] = []
        self._listeners: list[Callable[[], None]] = []

    def listen(self, changed: Callable[[], None]) -> None:
        """Have `changed` called whenever the status line may read otherwise; it must be quick."""
        self._listeners.append(changed)

    def changed(self) -> None:
        """Say that something has changed that the status line may show."""
        for listener in self._listeners:
            listener()

    def add(self, reporter: Reporter) -> None:
        """Ask one more."""
        self._reporters.append(reporter)

    def problems(self) -> Iterator[str]:
        """Yield what hinders the supervisor at present."""
        for reporter in self._reporters:
            yield from reporter.problems()

    def problems_elsewhere(self) -> Iterator[str]:
        """Yield what hinders it and has a place of its own in `status`."""
        for reporter in self._reporters:
            yield from reporter.problems_elsewhere()

    def notices(self) -> Iterator[str]:
        """Yield what is worth a look."""
        for reporter in self._reporters:
            yield from reporter.notices()

    def summary(self) -> Iterator[str]:
        """Yield the parts of the status line."""
        for reporter in self._reporters:
            yield from reporter.summary()

    def supervisor_fields(self) -> dict[str, Any]:
        """Return all fields of `SupervisorStatus` that reporters fill."""
        return {
            name: value
            for reporter in self._reporters
            for name, value in reporter.supervisor_fields().items()
        }

    def report_fields(self) -> dict[str, Any]:
        """Return all fields of `StatusReport` that reporters fill."""
        return {
            name: value
            for reporter in self._reporters
            for name, value in reporter.report_fields().items()
        }
