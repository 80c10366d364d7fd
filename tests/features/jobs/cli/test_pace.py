"""How fast jobs work."""

from __future__ import annotations

from typing import Any

import pytest

from meshvisor.features.jobs.cli.pace import WINDOW, Pace
from tests.supervisor.control.in_memory_jobs import counts, info


def job(done: int, status: str = "active", total: int = 100) -> dict[str, Any]:
    """Return a job as it is seen."""
    left = total - done
    return info(1, status, counts=counts(pending=left, done=done)).model_dump(mode="json")


def test_unknown_at_first() -> None:
    """One view has no pace, nor have several without progress or of the same moment."""
    pace = Pace()
    for at in (0, 5):
        pace.take(at, [job(10)])
        assert (pace.of(1), pace.seconds_left(job(10))) == (None, None)
    pace = Pace()
    pace.take(0, [job(10)])
    pace.take(0, [job(20)])
    assert pace.of(1) is None


def test_items_per_second() -> None:
    """The time that is left follows from what was done lately."""
    pace = Pace()
    for second in range(11):
        pace.take(second, [job(second * 2)])
    assert pace.of(1) == pytest.approx(2)
    assert pace.seconds_left(job(20)) == pytest.approx(40)


def test_only_lately() -> None:
    """What was long ago counts no more."""
    pace = Pace()
    pace.take(0, [job(0)])
    for second in range(1, 100):
        pace.take(second + 1000, [job(second)])
    assert pace.of(1) == pytest.approx(1)
    pace = Pace()
    pace.take(0, [job(0)])
    pace.take(WINDOW * 10, [job(10)])
    assert pace.of(1) == pytest.approx(1 / 30)  # the last two are kept, however old


@pytest.mark.parametrize("between", [job(5, "paused"), None])
def test_a_pause_is_no_part_of_it(between: dict[str, Any] | None) -> None:
    """A job that has waited, or was not to be seen, begins anew."""
    pace = Pace()
    pace.take(0, [job(0)])
    pace.take(1, [job(5)])
    pace.take(2, [between] if between else [])
    assert pace.of(1) is None
    pace.take(20, [job(5)])
    pace.take(21, [job(15)])
    assert pace.of(1) == pytest.approx(10)


def test_a_retry_begins_anew() -> None:
    """Items that are to be done again make no negative pace."""
    pace = Pace()
    pace.take(0, [job(0)])
    pace.take(1, [job(50)])
    pace.take(2, [job(10)])
    assert pace.of(1) is None
