"""How well a schedule runs: rates and percentiles of what became of its planned times."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from meshvisor.shared.late import late

if TYPE_CHECKING:
    from meshvisor.features.schedules import results
else:
    results = late("meshvisor.features.schedules.results")


def rates_of(name: str, rows: Sequence[tuple[Any, ...]]) -> results.ScheduleRates:
    """Return how one runs.

    Args:
        name: of it.
        rows: of each planned time its state, how its job has ended (None: it has not), how long
            that took and how late it was noticed, in milliseconds.
    """
    counts = Counter(outcome or state for state, outcome, *_ in rows)
    done, failed = counts["completed"], counts["failed"]
    return results.ScheduleRates(
        name=name,
        completed=done,
        failed=failed,
        cancelled=counts["cancelled"],
        skipped=counts["skipped"],
        missed=counts["missed"],
        success_rate=done / (done + failed) if done + failed else None,
        duration_ms=_spread(took for _, _, took, _ in rows),
        drift_ms=_spread(late for state, _, _, late in rows if state != "missed"),
    )


# Private


def _spread(values: Iterable[int | None]) -> results.Spread | None:
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    return results.Spread(p50=_percentile(known, 50), p99=_percentile(known, 99), highest=known[-1])


def _percentile(known: Sequence[int], percent: int) -> int:
    """Return the least value that so many percent do not exceed."""
    return known[max(0, math.ceil(len(known) * percent / 100) - 1)]
