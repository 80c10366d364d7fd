"""What the figures of meshes were lately: loop lag and memory, one sample for each status round.

Owns the samples.  They are in memory only, and bounded: of each mesh the last `KEPT` ones, 480
bytes.  Does not own the rounds (`monitor`).
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from meshvisor.features.fleet.supervisor.record import MeshRecord
from meshvisor.shared.clock import Clock
from meshvisor.shared.late import late

if TYPE_CHECKING:
    from meshvisor.features.fleet import results
else:
    results = late("meshvisor.features.fleet.results")

KEPT: Final = 60
"""Samples of a mesh: half an hour of rounds as they are usual."""


class FigureHistory:
    """The last samples of all meshes, which were taken at the same moments.

    Args:
        clock: says when.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._at = _empty("d")
        """Epoch seconds; the places of all others are the same."""
        self._fleet = _Figures()
        """Medians of all meshes."""
        self._meshes: dict[str, _Figures] = {}
        self._place = KEPT - 1

    def sample(self, records: Iterable[MeshRecord]) -> None:
        """Keep how meshes are now, and forget those that are not among them."""
        place = self._place = (self._place + 1) % KEPT
        self._at[place] = self._clock.wall()
        before, self._meshes = self._meshes, {}
        for record in records:
            figures = before.get(record.mesh_id) or _Figures()
            self._meshes[record.mesh_id] = figures
            status = record.process.last_status if record.process is not None else None
            figures.put(
                place,
                math.nan if status is None else status.event_loop_lag_ms,
                math.nan if status is None else status.memory_bytes,
            )
        of_all = self._meshes.values()
        self._fleet.put(
            place,
            _median(one.lag[place] for one in of_all),
            _median(one.memory[place] for one in of_all),
        )

    def of(self, mesh_id: str) -> tuple[results.FigureSample, ...]:
        """Return the samples of a mesh beside the medians of all, oldest first."""
        mesh = self._meshes.get(mesh_id)
        if mesh is None:
            return ()
        places = (place % KEPT for place in range(self._place + 1, self._place + 1 + KEPT))
        return tuple(
            results.FigureSample(
                at=datetime.fromtimestamp(self._at[place], UTC).isoformat(timespec="milliseconds"),
                event_loop_lag_ms=_known(mesh.lag[place]),
                memory_bytes=_whole(mesh.memory[place]),
                median_event_loop_lag_ms=_known(self._fleet.lag[place]),
                median_memory_bytes=_whole(self._fleet.memory[place]),
            )
            for place in places
            if not math.isnan(self._at[place])
        )


# Private


class _Figures:
    """Of one mesh; what is not known is NaN."""

    __slots__ = ("lag", "memory")

    def __init__(self) -> None:
        self.lag = _empty("f")
        self.memory = _empty("f")

    def put(self, place: int, lag: float, memory: float) -> None:
        """Keep a sample."""
        self.lag[place], self.memory[place] = lag, memory


def _empty(kind: str) -> array[float]:
    return array(kind, [math.nan]) * KEPT


def _median(values: Iterable[float]) -> float:
    known = sorted(value for value in values if not math.isnan(value))
    return known[len(known) // 2] if known else math.nan


def _known(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 2)


def _whole(value: float) -> int | None:
    return None if math.isnan(value) else round(value)
