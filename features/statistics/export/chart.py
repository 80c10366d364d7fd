"""A chart of usage: messages and commands by day, and hours of the week.

Owns what is where.  Does not own how it becomes a file (`svg`, `png`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

WIDTH: Final = 960
LEFT: Final = 56
TOP: Final = 56
HEIGHT: Final = 220
"""Pixels of the columns."""
MOST_LABELS: Final = 12
DAYS_NAMED: Final = 62
"""Up to which days are named, and not months."""
LABEL_ROOM: Final = 7
"""Days of many months that the name of one takes: behind the last one there is no room."""
CELL: Final = 18
WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
"""Those of the locale would be other ones on each machine."""

MESSAGES, COMMANDS, LINE, TITLE, LABEL = "a", "b", "line", "title", "label"
"""What colours are for."""

Days = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, from its upper left corner."""

    colour: str
    x: float
    y: float
    width: float
    height: float
    about: str = ""
    """What is said when one points at it."""
    opacity: float = 1
    is_round: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text, from its left end on the base line, or to its right end."""

    x: float
    y: float
    text: str
    colour: str = LABEL
    to_right_end: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """All that is drawn, the lowest first."""

    title: str
    width: int
    height: int
    shapes: tuple[Box | Text, ...]


def chart(days: Days, week: Sequence[Sequence[int]] | None, title: str) -> Chart:
    """Return the chart.

    Args:
        days: with `day`, `messages` and `commands`, oldest first.
        week: how much there was by weekday (Monday first) and hour; None: it is not shown.
        title: what it is about.
    """
    height = TOP + HEIGHT + 44 + (0 if week is None else 9 * CELL + 30)
    head = (
        Text(LEFT, 24, title, TITLE),
        Box(MESSAGES, LEFT, 34, 10, 10),
        Text(LEFT + 15, 43, "messages"),
        Box(COMMANDS, LEFT + 90, 34, 10, 10),
        Text(LEFT + 105, 43, "commands"),
    )
    hours = () if week is None else _week(week)
    return Chart(title, WIDTH, height, (*head, *_columns(days), *hours))


# Private


def _columns(days: Days) -> Iterator[Box | Text]:
    top = _nice(max(row["messages"] + row["commands"] for row in days))
    base = TOP + HEIGHT
    for quarter in range(5):
        y = base - HEIGHT * quarter / 4
        yield Box(LINE, LEFT, y - 0.5, WIDTH - 8 - LEFT, 1)
        yield Text(LEFT - 6, y + 4, _short(top * quarter / 4), to_right_end=True)
    step = (WIDTH - 8 - LEFT) / len(days)
    width = step * 0.7 if step > 3 else step
    named = _named(days)
    for number, row in enumerate(days):
        x, y = LEFT + step * number + (step - width) / 2, float(base)
        about = f"{row['day']}: {row['messages']:,} messages, {row['commands']:,} commands"
        for colour, figure in ((MESSAGES, "messages"), (COMMANDS, "commands")):
            size = HEIGHT * row[figure] / top
            y -= size
            if size:
                yield Box(colour, x, y, width, size, about)
        if number in named:
            yield Text(x, base + 18, named[number])


def _named(days: Days) -> dict[int, str]:
    """Return what stands below which columns: days, or the first one of a month of many."""
    if len(days) <= DAYS_NAMED:
        every = math.ceil(len(days) / MOST_LABELS)
        chosen = [
            (number, date.fromisoformat(days[number]["day"]))
            for number in range(0, len(days), every)
        ]
        return {number: f"{day.day} {MONTHS[day.month - 1]}" for number, day in chosen}
    firsts = [
        (number, date.fromisoformat(row["day"]))
        for number, row in enumerate(days)
        if row["day"].endswith("-01")
    ]
    every = math.ceil(len(firsts) / MOST_LABELS)
    return {
        number: MONTHS[day.month - 1] + (f" {day.year}" if day.month <= every or not place else "")
        for place, (number, day) in enumerate(firsts[::every])
        if number < len(days) - LABEL_ROOM
    }


def _week(week: Sequence[Sequence[int]]) -> Iterator[Box | Text]:
    top = max(1, *(max(hours) for hours in week))
    begin = TOP + HEIGHT + 54
    step = (WIDTH - 8 - LEFT) / 24
    for weekday, hours in enumerate(week):
        y = begin + CELL * weekday
        yield Text(LEFT - 6, y + 13, WEEKDAYS[weekday], to_right_end=True)
        for hour, count in enumerate(hours):
            yield Box(
                MESSAGES,
                LEFT + step * hour,
                y,
                step - 2,
                CELL - 2,
                f"{WEEKDAYS[weekday]} {hour:02}:00: {count:,}",
                opacity=0.05 + 0.95 * count / top,
                is_round=True,
            )
    for hour in range(0, 24, 3):
        yield Text(LEFT + step * hour, begin + 7 * CELL + 14, f"{hour:02}:00")


def _nice(value: float) -> float:
    """Return a round number that is not smaller, and whose quarters are whole."""
    power = 10.0 ** math.floor(math.log10(max(value, 4)))
    tops = (power * factor for factor in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10, 12))
    return next(top for top in tops if value <= top and top % 4 == 0)


def _short(value: float) -> str:
    for limit, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= limit:
            return f"{value / limit:g}{letter}"
    return f"{value:g}"
