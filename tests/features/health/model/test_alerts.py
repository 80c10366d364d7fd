"""When alerts are raised and cleared."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from meshvisor.features.health.model.alerts import Alert, Limits, evaluate
from tests.seeds import seeds

LIMITS: Limits = (80, 95)


def reported(values: Iterable[float | None], limits: Limits | None = LIMITS) -> list[str]:
    """Return what is reported at each of several checks."""
    alerts: dict[str, Alert] = {}
    found = []
    for now, value in enumerate(values):
        result = evaluate({"disk": value}, {"disk": limits} if limits else {}, alerts, now, 2)
        alerts = {one.figure: one for one in result.alerts}
        found.append(
            " ".join(f"+{c.alert.severity}" if c.is_raised else "-" for c in result.changes)
        )
    return found


def test_raised_and_cleared_once() -> None:
    """It is raised at once, not repeated while it lasts, and cleared after two good checks."""
    assert reported([79, 80, 90, 71, 71.9, 60]) == ["", "+warning", "", "", "-", ""]


def test_a_value_around_its_limit() -> None:
    """A value that swings around the limit is one alert: what is just below it is not good."""
    assert reported([81, 79, 81, 73, 72, 71, 79, 71, 71]) == ["+warning", *[""] * 7, "-"]


def test_it_becomes_critical() -> None:
    """That is reported once; back from critical to a warning is not."""
    assert reported([81, 96, 99, 85, 96, 10, 10]) == ["+warning", "+critical", "", "", "", "", "-"]
    assert reported([96, 96]) == ["+critical", ""]


def test_what_is_not_measured() -> None:
    """An alert stays as it is, and the checks in a row go on."""
    assert reported([81, None, 10, None, 10]) == ["+warning", "", "", "", "-"]
    assert reported([None, None]) == ["", ""]


def test_without_limits() -> None:
    """A figure whose limits are taken away has its alert cleared at once."""
    raised = {"disk": Alert("disk", "warning", 1, 81)}
    result = evaluate({"disk": 81}, {}, raised, 2, 2)
    assert (result.alerts, [change.limit for change in result.changes]) == ((), [None])
    assert reported([500, 500], None) == ["", ""]


@pytest.mark.parametrize("seed", seeds(5, 200))
def test_reported_in_turns(seed: int) -> None:
    """Whatever the values do, an alert is raised before it is cleared and never twice."""
    rng = random.Random(seed)
    steps = [step for step in reported(rng.uniform(50, 110) for _ in range(300)) if step]
    open_ = ""
    for step in steps:
        if step == "-":
            assert open_
            open_ = ""
        else:
            assert (open_, step) in {
                ("", "+warning"),
                ("", "+critical"),
                ("+warning", "+critical"),
            }
            open_ = step
