"""The results of one run: figures per line and contender, and their JSON.

Filled by `measure`, read by `report`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from benchmarks.contenders.contender import OURS
from benchmarks.figures import Figure, Sample
from benchmarks.machine import Machine
from benchmarks.rows.row import Line


@dataclass(slots=True)
class Results:
    """Everything measured so far."""

    machine: Machine
    began: datetime
    contenders: dict[str, str]
    """Key -> title with version, in the order of the columns."""
    lines: list[Line] = field(default_factory=list)
    figures: dict[tuple[str, str], Figure] = field(default_factory=dict)
    """(line key, contender key) -> what was measured."""
    failures: list[str] = field(default_factory=list)
    """What could not be measured and why."""

    def add(self, line: str, contender: str, samples: Sequence[Sample]) -> None:
        """Add one run's samples to those of earlier runs."""
        earlier = self.figures.get((line, contender), Figure(()))
        self.figures[line, contender] = Figure((*earlier.samples, *samples))

    def best_peer(self, line: Line) -> float | None:
        """Return the smallest peer's value; None where no peer has one."""
        values = [
            headline(line, figure)
            for (key, contender), figure in self.figures.items()
            if key == line.key and contender != OURS and not figure.never
        ]
        return min(values) if values else None

    def as_json(self) -> dict[str, Any]:
        """Return the whole as plain data; every sample is kept."""
        return {
            "date": self.began.isoformat(timespec="seconds"),
            "machine": asdict(self.machine),
            "contenders": self.contenders,
            "lines": [
                {
                    "key": line.key,
                    "title": line.title,
                    "unit": line.unit,
                    "statistic": line.statistic,
                    "target": line.target,
                    "best_peer": self.best_peer(line),
                    "measured": {
                        contender: _figure_json(line, self.figures[line.key, contender])
                        for contender in self.contenders
                        if (line.key, contender) in self.figures
                    },
                }
                for line in self.lines
            ],
            "failures": self.failures,
        }


def headline(line: Line, figure: Figure) -> float:
    """Return the one number that the table shows."""
    match line.statistic:
        case "median":
            return figure.median
        case "p99":
            return figure.percentile(99)
        case "max":
            return figure.values[-1]


def _figure_json(line: Line, figure: Figure) -> dict[str, Any]:
    fields: dict[str, Any] = {"n": len(figure.samples), "never": figure.never}
    if figure.values:
        fields |= {
            "value": headline(line, figure),
            "median": figure.median,
            "p99": figure.percentile(99),
            "min": figure.values[0],
            "max": figure.values[-1],
        }
    # Four digits are more than the measurement has, and the file stays readable.
    samples = [None if one is None else float(f"{one:.4g}") for one in figure.samples]
    return {**fields, "samples": samples}
