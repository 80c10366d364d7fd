"""Measured values and what is said about them: median, 99th percentile, spread."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

Sample = float | None
"""One measured value; None: it did not happen within the row's window."""


@dataclass(frozen=True, slots=True)
class Figure:
    """All samples of one line of the table for one contender."""

    samples: tuple[Sample, ...]

    @property
    def never(self) -> bool:
        """Whether it did not happen in at least one of the tries."""
        return any(sample is None for sample in self.samples)

    @property
    def values(self) -> list[float]:
        """What was measured, in ascending order."""
        return sorted(sample for sample in self.samples if sample is not None)

    @property
    def median(self) -> float:
        """The middle value."""
        return statistics.median(self.values)

    def percentile(self, percent: float) -> float:
        """Return the smallest value that at least `percent` % of the values do not exceed."""
        values = self.values
        return values[max(0, math.ceil(len(values) * percent / 100) - 1)]
