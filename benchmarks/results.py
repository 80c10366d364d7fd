"""The results of a run, and of later runs of single rows: figures per line and contender, and JSON.

Filled by `measure`, read by `report`, put together by `merge`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Self

from benchmarks.contenders.contender import OURS, Table
from benchmarks.figures import Figure, Sample, Spread
from benchmarks.machine import Machine
from benchmarks.rows.row import Line


@dataclass(frozen=True, slots=True)
class Part:
    """A later run, of some rows only."""

    machine: Machine
    began: datetime
    contenders: dict[str, str]
    lines: tuple[str, ...]
    """Keys of the lines that it measured."""


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
    samples: dict[tuple[str, str], list[Sample]] = field(default_factory=dict)
    """The same, value by value, of this run only."""
    failures: list[str] = field(default_factory=list)
    """What could not be measured and why, each with the key of its row in front."""
    parts: list[Part] = field(default_factory=list)
    """What was measured later and put in; all else is of the run that `began` tells."""

    def add(self, line: str, contender: str, samples: Sequence[Sample]) -> None:
        """Add one run's samples to those of earlier runs."""
        # Six digits are more than the measurement has, the file stays readable, and what is read
        # from it again shows the same numbers.
        rounded = [None if one is None else float(f"{one:.6g}") for one in samples]
        all_of_them = self.samples.setdefault((line, contender), [])
        all_of_them += rounded
        self.figures[line, contender] = Figure.of(all_of_them)

    def columns(self, table: Table) -> dict[str, str]:
        """Return the contenders of a table: all but those that have figures in others only."""
        here = {line.key for line in self.lines if line.table == table}
        elsewhere = {one for key, one in self.figures if key not in here}
        present = {one for key, one in self.figures if key in here}
        return {
            key: title
            for key, title in self.contenders.items()
            if key in present or key not in elsewhere
        }

    def best_peer(self, line: Line) -> float | None:
        """Return the smallest peer's value; None where no peer has one."""
        values = [
            headline(line, figure)
            for (key, contender), figure in self.figures.items()
            if key == line.key and contender != OURS and not figure.never
        ]
        return min(values) if values else None

    def as_json(self) -> dict[str, Any]:
        """Return the whole as plain data, without the single samples."""
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
                    "how": line.how,
                    "table": line.table,
                    "best_peer": self.best_peer(line),
                    "measured": {
                        contender: _figure_json(self.figures[line.key, contender])
                        for contender in self.contenders
                        if (line.key, contender) in self.figures
                    },
                }
                for line in self.lines
            ],
            "failures": self.failures,
            "parts": [
                asdict(part)
                | {"began": part.began.isoformat(timespec="seconds"), "lines": list(part.lines)}
                for part in self.parts
            ],
        }

    def samples_as_json(self) -> dict[str, dict[str, list[Sample]]]:
        """Return the samples of this run by line and contender."""
        data: dict[str, dict[str, list[Sample]]] = {}
        for (line, contender), samples in self.samples.items():
            data.setdefault(line, {})[contender] = samples
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return what `as_json` made plain data of.

        Raises:
            LookupError, TypeError, ValueError: it is not what `as_json` returns.
        """
        results = cls(
            Machine(**data["machine"]),
            datetime.fromisoformat(data["date"]),
            data["contenders"],
            failures=data["failures"],
            parts=[_part(part) for part in data["parts"]],
        )
        for line in data["lines"]:
            fields = ("key", "title", "unit", "target", "statistic", "how", "table")
            # Results from before there were two tables do not say which.
            known = {name: line[name] for name in fields if name in line}
            results.lines.append(Line(**known))
            for contender, measured in line["measured"].items():
                results.figures[line["key"], contender] = _figure(measured)
        return results


def as_text(data: dict[str, Any]) -> str:
    """Return the JSON with each contender's figure on a line of its own, so that diffs show it."""
    marks: dict[str, str] = {}

    def marked(one: Any) -> Any:
        mark = f"figure {len(marks)}"
        marks[f'"{mark}"'] = json.dumps(one)
        return mark

    lines = [
        line | {"measured": {who: marked(one) for who, one in line["measured"].items()}}
        for line in data["lines"]
    ]
    text = json.dumps(data | {"lines": lines}, indent=1, ensure_ascii=False)
    return re.sub('"figure [0-9]+"', lambda found: marks[found[0]], text) + "\n"


def headline(line: Line, figure: Figure) -> float:
    """Return the one number that the table shows; not for what never happened."""
    assert figure.spread is not None
    match line.statistic:
        case "median":
            return figure.spread.median
        case "p99":
            return figure.spread.p99
        case "max":
            return figure.spread.max


def _figure_json(figure: Figure) -> dict[str, Any]:
    return {
        "n": figure.n,
        "never": figure.never,
        **(asdict(figure.spread) if figure.spread is not None else {}),
    }


def _figure(data: dict[str, Any]) -> Figure:
    spread = {name: data[name] for name in ("median", "p99", "min", "max") if name in data}
    return Figure(data["n"], data["never"], Spread(**spread) if spread else None)


def _part(data: dict[str, Any]) -> Part:
    return Part(
        Machine(**data["machine"]),
        datetime.fromisoformat(data["began"]),
        data["contenders"],
        tuple(data["lines"]),
    )
