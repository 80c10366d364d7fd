"""When an alert is raised and when it is cleared: a pure function.

Owns the hysteresis.  An alert is raised at the first value from its limit on, so that no one hears
of it late.  It is cleared when the value was below the limit by `MARGIN` at several checks in a
row: one that swings around its limit is one alert and not many.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec
from msgspec.structs import replace

MARGIN: Final = 0.1
"""Part of a limit that a value has to be below it before the alert is cleared."""

Severity = Literal["warning", "critical"]
Limits = tuple[float, float]


class Alert(msgspec.Struct, frozen=True):
    """One that is raised."""

    figure: str
    severity: Severity
    since: int
    """Epoch milliseconds."""
    value: float
    good: int = 0
    """Checks in a row at which it was well below its limit."""


class Change(msgspec.Struct, frozen=True):
    """An alert that this check has raised or cleared."""

    alert: Alert
    value: float | None
    """None: the figure has no limits any more."""
    limit: float | None
    is_raised: bool


class Evaluation(msgspec.Struct, frozen=True):
    """What follows from a check."""

    alerts: tuple[Alert, ...]
    """All that are raised from now on, by figure."""
    changes: tuple[Change, ...]


def severity_of(value: float, limits: Limits | None) -> Severity | None:
    """Return how bad a value is; None: it is not."""
    if limits is None or value < limits[0]:
        return None
    return "critical" if value >= limits[1] else "warning"


def evaluate(
    values: Mapping[str, float | None],
    limits: Mapping[str, Limits],
    raised: Mapping[str, Alert],
    now: int,
    clear_after: int,
) -> Evaluation:
    """Return which alerts there are after a check.

    Args:
        values: of figures; None, as one that is missing: it was not measured, and its alert stays.
        limits: of those that have any.
        raised: alerts that there were before.
        now: epoch milliseconds.
        clear_after: checks in a row with a good value that clear an alert.
    """
    alerts: list[Alert] = []
    changes: list[Change] = []
    for figure in sorted({*values, *raised}):
        before, limit, value = raised.get(figure), limits.get(figure), values.get(figure)
        after = _next(before, figure, value, limit, now, clear_after)
        if after is not None:
            alerts.append(after)
        if after is not None and (before is None or after.severity != before.severity):
            bound = None if limit is None else limit[after.severity == "critical"]
            changes.append(Change(after, after.value, bound, is_raised=True))
        elif before is not None and after is None:
            bound = None if limit is None else limit[0]
            changes.append(Change(before, value, bound, is_raised=False))
    return Evaluation(tuple(alerts), tuple(changes))


# Private


def _next(
    before: Alert | None,
    figure: str,
    value: float | None,
    limits: Limits | None,
    now: int,
    clear_after: int,
) -> Alert | None:
    if limits is None:
        return None
    if value is None:
        return before
    severity = severity_of(value, limits)
    if before is None:
        return None if severity is None else Alert(figure, severity, now, value)
    if value >= limits[0] * (1 - MARGIN):
        is_worse = severity == "critical" and before.severity == "warning"
        return replace(
            before, severity="critical" if is_worse else before.severity, value=value, good=0
        )
    good = before.good + 1
    return None if good >= clear_after else replace(before, value=value, good=good)
