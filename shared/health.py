"""What a health check measures: figures that features bring, each with limits of its own.

Owns the shape of `Feature.health`.  Does not own the check (`features.health`): a feature that has
something to measure need not know of it.  Figures are measured in a runner, on a connection that
only reads; the modules that list them import little.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import msgspec

Measure = Callable[[sqlite3.Connection, int], float | None]
"""Given a connection and the present (epoch milliseconds), returns a value; None: it is not
recorded."""


class HealthFigure(msgspec.Struct, frozen=True):
    """One figure."""

    name: str
    """Small letters and `_`, such as `jobs_waiting`; no two are the same."""
    about: str
    """What it is, in words that stand before a number: `jobs that wait`."""
    limits: tuple[float, float] | None = None
    """From which value on it is a warning, and critical, unless the settings say otherwise; None:
    never."""
    unit: str = ""
    """`ms`, `%`, or empty: a number of things."""
    measure: Measure | None = None
    """None: the health check knows by itself."""
