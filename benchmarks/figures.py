"""What is said about measured values: median, 99th percentile, spread."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

Sample = float | None
"""One measured value; None: it did not happen within the row's window."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The values of those tries in which it happened."""

    median: float
    p99: float
    """The smallest value that at least 99 % of the values do not exceed."""
    min: float
    max: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Return it for values in any order, of which there is at least one."""
        ordered = sorted(values)
        place = max(0, math.ceil(len(ordered) * 99 / 100) - 1)
        return cls(statistics.median(ordered), ordered[place], ordered[0], ordered[-1])


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table for one contender."""

    n: int
    """Tries."""
    never: bool
    """Whether it did not happen in at least one of them."""
    spread: Spread | None
    """None: it never happened."""

    @classmethod
    def of(cls, samples: Sequence[Sample]) -> Self:
        """Return it for all samples."""
        values = [sample for sample in samples if sample is not None]
        never = len(values) < len(samples)
        return cls(len(samples), never, Spread.of(values) if values else None)
