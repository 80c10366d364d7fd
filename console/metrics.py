"""Numbers for Prometheus and others, in the text format of OpenMetrics 1.0.

Owns the format, and the contract of `Feature.metrics`.  Does not own any number but those of the
supervisor and of the console itself.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from meshvisor.console.control import Control

MEDIA_TYPE: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Metric:
    """One number with all its labels."""

    name: str
    """With the unit at the end, without `_total`: `meshvisor_mesh_memory_bytes`."""
    about: str
    """One sentence."""
    samples: tuple[tuple[Labels, float], ...] = field(default_factory=tuple)
    is_counter: bool = False
    """Whether it only grows; its samples are named `…_total` then."""


Collect = Callable[[Control, dict[str, Any]], AsyncIterator[Metric]]
"""`Feature.metrics`: given the way to ask, and the status that was asked for already."""


def single(name: str, about: str, value: float, *, is_counter: bool = False) -> Metric:
    """Return a metric without labels."""
    return Metric(name, about, (({}, value),), is_counter)


def render(metrics: Iterable[Metric]) -> str:
    """Return the text that is served."""
    lines: list[str] = []
    for metric in metrics:
        lines.append(f"# TYPE {metric.name} {'counter' if metric.is_counter else 'gauge'}")
        lines.append(f"# HELP {metric.name} {_escaped(metric.about)}")
        name = f"{metric.name}_total" if metric.is_counter else metric.name
        lines += [f"{name}{_labels(labels)} {_number(value)}" for labels, value in metric.samples]
    return "\n".join([*lines, "# EOF", ""])


# Private


def _labels(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items()) + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
