"""What a row of the benchmark is: lines of the table, and how to measure one contender once.

A row may fill several lines of the table from one measurement (a restart has a new PID and a new
connection).  Rows keep no state: the harness runs them again and again, contender by contender.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from benchmarks.contenders.contender import Contender, Table
from benchmarks.figures import Sample

Samples = Mapping[str, Sequence[Sample]]
"""Line key -> what one run measured."""
Unit = Literal["s", "ms", "µs", "MB", "%", ""]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table.  Less is better in all of them."""

    key: str
    title: str
    unit: Unit
    target: float | None = None
    """What Meshvisor promises; None: shown without a promise."""
    statistic: Literal["median", "p99", "max"] = "median"
    how: str = ""
    """How it is measured, in a sentence for the notes; empty: the title says it."""
    table: Table = "fleets"
    """Where it is shown; all lines of a row are in one table."""


class Row(Protocol):
    """One measurement."""

    @property
    def key(self) -> str:
        """Its name for `--only`."""
        ...

    def lines(self) -> Sequence[Line]:
        """Return the lines that it fills."""
        ...

    def runs(self, contender: Contender) -> int | None:
        """Return how often to measure a contender; 0: not at all, None: as often as usual."""
        ...

    def run(self, contender: Contender) -> Samples:
        """Measure once, from nothing, and leave nothing running.

        Raises:
            BenchmarkError: this contender could not be measured.
        """
        ...


def takes_part(contender: Contender, row: Row) -> bool:
    """Say whether a contender has a column in the table of a row."""
    return row.lines()[0].table in contender.tables
