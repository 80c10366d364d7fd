"""What requests about health return: the JSON of `--json`, and of the record of a check."""

from __future__ import annotations

from typing import Literal

from meshvisor.shared.control.results import Result


class FigureResult(Result):
    """A figure at one check."""

    name: str
    about: str
    unit: str
    """`ms`, `%`, `MB`, or empty: a number of things."""
    value: float | None
    """None: not recorded, or not measured."""
    limits: tuple[float, float] | None
    """From which value on it is a warning, and critical; None: never."""
    status: Literal["ok", "warning", "critical", "unknown"]


class AlertResult(Result):
    """An alert that is raised."""

    figure: str
    severity: Literal["warning", "critical"]
    since: str
    value: float


class HealthCheck(Result):
    """Answer to `health_report`, and the document of `health_check_{timestamp}`."""

    at: str
    status: Literal["ok", "warning", "critical"]
    """Of the worst alert."""
    figures: tuple[FigureResult, ...]
    alerts: tuple[AlertResult, ...]
    """All that are raised."""
    raised: tuple[str, ...]
    """Figures whose alert this check has raised, or made critical."""
    cleared: tuple[str, ...]
    """Figures whose alert this check has cleared."""
    record: str | None
    """Key of its record; None: it was a dry run."""
