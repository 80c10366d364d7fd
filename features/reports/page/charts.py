"""Charts as inline SVG that are sharp and legible at every width.

Owns the drawing.  Places along the x axis are percentages and those along y are pixels, so that a
chart becomes wider and its letters do not; for the same reason the numbers at the left are text
beside the drawing.  A day that is not recorded is a grey field and no zero.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Final, NamedTuple

from meshvisor.features.reports.page.language import say

HEIGHT: Final = 190
"""Pixels of a chart without its labels below."""
LABELS: Final = 26
"""Pixels below it."""
TOP: Final = 10
"""Pixels above the highest value."""
MOST_LABELS: Final = 8
"""Labels below a wide chart; a narrow one has every second of them."""


class Column(NamedTuple):
    """What a chart has at one place of its x axis."""

    label: str
    values: tuple[float | None, ...]
    """Of each series; None: not recorded."""
    about: str = ""
    """Shown when the pointer is on it."""


def columns(points: Sequence[Column], classes: Sequence[str], title: str) -> str:
    """Return columns, those of several series on top of each other.

    Args:
        points: what to draw, from left to right.
        classes: CSS class of each series.
        title: what the chart shows, for those who do not see it.
    """
    top = nice_top(max((sum(v or 0 for v in point.values) for point in points), default=0))
    step = 100 / max(1, len(points))
    drawn = []
    round_ = 3 if len(classes) == 1 else 1
    for number, point in enumerate(points):
        left, width = step * (number + 0.17), step * 0.66
        if all(value is None for value in point.values):
            drawn.append(_gap(step * number, step, point))
            continue
        base: float = HEIGHT
        for value, css in zip(point.values, classes, strict=True):
            height = (HEIGHT - TOP) * (value or 0) / top
            if height:
                drawn.append(
                    f'<rect class="bar {css}" x="{left:.2f}%" y="{base - height:.1f}" '
                    f'width="{width:.2f}%" height="{max(1.0, height):.1f}" rx="{round_}">'
                    f"<title>{escape(point.about)}</title></rect>"
                )
            base -= height
    return _chart(title, _axis(0, top), [*drawn, *_labels(points, step)])


def curve(points: Sequence[Column], low: float, high: float, unit: str, title: str) -> str:
    """Return a line over an area, with gaps where nothing is recorded.

    Args:
        points: each with one value.
        low: the value at the bottom.
        high: the value at the top.
        unit: behind the numbers at the left.
        title: what the chart shows, for those who do not see it.
    """
    step = 100 / max(1, len(points))
    drawn, run = [], []
    for number, point in enumerate((*points, None)):
        value = None if point is None else point.values[0]
        if value is not None:
            share = (value - low) / (high - low or 1)
            y = HEIGHT - (HEIGHT - TOP) * min(1.0, max(0.0, share))
            run.append(((number + 0.5) * 1000 / len(points), y))
            continue
        drawn += _piece(run)
        run = []
        if point is not None:
            drawn.append(_gap(step * number, step, point))
    dots = [
        f'<rect x="{step * number:.2f}%" y="0" width="{step:.2f}%" height="{HEIGHT}" '
        f'fill="transparent"><title>{escape(point.about)}</title></rect>'
        for number, point in enumerate(points)
        if point.values[0] is not None
    ]
    return _chart(title, _axis(low, high, unit), [*drawn, *dots, *_labels(points, step)])


def nice_top(value: float) -> float:
    """Return a number from `value` on whose quarters are round, such as 4, 12, 40 or 100."""
    for small in (4.0, 8.0, 12.0):
        if value <= small:
            return small
    power = 10.0 ** math.floor(math.log10(value))
    return next(power * factor for factor in (1, 2, 4, 8, 10) if value <= power * factor)


def short(value: float) -> str:
    """Return a number with few characters: `1.2k`."""
    for limit, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= limit:
            return f"{value / (limit if letter != 'k' else 1e3):.4g}{letter}"
    return f"{value:,.4g}" if value != round(value) else f"{value:,.0f}"


# Private


def _piece(run: Sequence[tuple[float, float]]) -> list[str]:
    if not run:
        return []
    if len(run) == 1:
        (x, y), half = run[0], 12.0
        run = [(x - half, y), (x + half, y)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in run)
    area = f"{run[0][0]:.1f},{HEIGHT} {line} {run[-1][0]:.1f},{HEIGHT}"
    # A drawing of its own, which is stretched; its line keeps its width.
    inside = (
        f'<polygon class="area" points="{area}"/>'
        f'<polyline class="curve" points="{line}" vector-effect="non-scaling-stroke"/>'
    )
    place = f'x="0" y="0" width="100%" height="{HEIGHT}"'
    stretched = f'viewBox="0 0 1000 {HEIGHT}" preserveAspectRatio="none"'
    return [f"<svg {place} {stretched}>{inside}</svg>"]


def _gap(left: float, width: float, point: Column) -> str:
    about = f"{escape(point.label)}: {say('not recorded')}"
    return (
        f'<rect class="gap" x="{left:.2f}%" y="{TOP}" width="{width:.2f}%" '
        f'height="{HEIGHT - TOP}"><title>{about}</title></rect>'
    )


def _axis(low: float, high: float, unit: str = "") -> list[tuple[float, str]]:
    """Return the lines across a chart: how far from its top, and what they mean."""
    return [
        (HEIGHT - (HEIGHT - TOP) * part / 4, short(low + (high - low) * part / 4) + unit)
        for part in range(5)
    ]


def _labels(points: Sequence[Column], step: float) -> list[str]:
    every = max(1, math.ceil(len(points) / MOST_LABELS))
    shown = range(0, len(points), every)
    return [
        f'<text x="{step * (number + 0.5):.2f}%" y="{HEIGHT + 20}" text-anchor="middle"'
        f"{_extra(place)}>{escape(points[number].label)}</text>"
        for place, number in enumerate(shown)
    ]


def _extra(place: int) -> str:
    return ' class="extra"' if place % 2 else ""


def _chart(title: str, axis: Sequence[tuple[float, str]], drawn: Sequence[str]) -> str:
    lines = "".join(
        f'<line class="grid" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>' for y, _ in axis
    )
    numbers = "".join(f'<span style="top:{y:.1f}px">{escape(text)}</span>' for y, text in axis)
    picture = (
        f'<svg role="img" aria-label="{escape(title)}" height="{HEIGHT + LABELS}">'
        f"{lines}{''.join(drawn)}</svg>"
    )
    return f'<div class="chart"><div class="axis" aria-hidden="true">{numbers}</div>{picture}</div>'
