"""What is to be done at a moment: misfires, jitter, beginnings and ends."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import pytest

from meshvisor.features.schedules.model.cron import to_millis
from meshvisor.features.schedules.model.schedule import (
    MOST_AT_ONCE,
    Misfire,
    Schedule,
    moment_of,
    plan,
)

HOUR: Final = 3_600_000
MINUTE: Final = 60_000
NOON: Final = to_millis(datetime.fromisoformat("2026-03-01T12:00+00:00"))


def hourly(**changes: Any) -> Schedule:
    """Return a schedule that fires each full hour."""
    values = {"name": "s", "cron": "0 * * * *", "timezone": "UTC", "action": "a", "mesh_id": "m"}
    return Schedule(**{**values, **changes})


def outcome(schedule: Schedule, since: int, now: int, oldest: int = 0) -> list[tuple[int, bool]]:
    """Return hours after noon and whether each runs."""
    found = plan(schedule, since, now, oldest)
    return [((fire.planned - NOON) // HOUR, not fire.missed) for fire in found.fires]


def test_in_time() -> None:
    """What is planned for now runs; nothing does before, and nothing twice."""
    assert outcome(hourly(), NOON - 1, NOON - 1) == []
    found = plan(hourly(), NOON - 1, NOON, 0)
    assert (found.until, found.next_at) == (NOON, NOON + HOUR)
    assert [fire.missed for fire in found.fires] == [""]
    assert outcome(hourly(), found.until, NOON) == []


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Misfire.SKIP, [(1, False), (2, False), (3, False), (4, False)]),
        (Misfire.LATEST, [(1, False), (2, False), (3, False), (4, True)]),
        (Misfire.ALL, [(1, False), (2, True), (3, True), (4, True)]),
    ],
)
def test_misfires(policy: Misfire, expected: list[tuple[int, bool]]) -> None:
    """All that has passed is accounted for; what runs of it says the policy, within its window."""
    schedule = hourly(misfire=policy, misfire_window=3 * HOUR)
    assert outcome(schedule, NOON, NOON + 4 * HOUR + 30 * MINUTE) == expected


def test_the_latest_of_very_many() -> None:
    """It is the last of all, however many transactions they take."""
    schedule = hourly(cron="* * * * *")
    now, since, runs = NOON + 20 * HOUR + 30, NOON, []
    while True:
        found = plan(schedule, since, now, 0)
        runs += [fire.planned for fire in found.fires if not fire.missed]
        assert len(found.fires) <= MOST_AT_ONCE
        since = found.until
        if found.next_at is None or found.next_at > now:
            break
    assert runs == [NOON + 20 * HOUR]


def test_older_than_the_history() -> None:
    """What could not be looked up is one entry, and what follows one each."""
    now = NOON + 1000 * HOUR
    found = plan(hourly(misfire=Misfire.SKIP), NOON, now, now - 3 * HOUR)
    assert [(fire.planned - NOON) // HOUR for fire in found.fires] == [1, 998, 999, 1000]
    assert "as with all that was planned until" in found.fires[0].missed


def test_start_and_end() -> None:
    """Nothing is planned outside of them, and both themselves count."""
    schedule = hourly(start=NOON + HOUR, end=NOON + 2 * HOUR)
    assert outcome(schedule, NOON - 5 * HOUR, NOON) == []
    assert outcome(schedule, NOON, NOON + HOUR) == [(1, True)]
    found = plan(schedule, NOON + HOUR, NOON + 2 * HOUR, 0)
    assert found.next_at is None
    assert outcome(schedule, NOON + 2 * HOUR, NOON + 9 * HOUR) == []


def test_dates() -> None:
    """A date means its first moment in the zone, or as an end its last."""
    assert moment_of("2026-03-01", "Asia/Kolkata") == NOON - 17 * HOUR - HOUR // 2
    assert moment_of("2026-03-01", "UTC", is_end=True) == NOON + 12 * HOUR - 1
    assert moment_of("2026-03-01T13:00+01:00", "Asia/Kolkata") == NOON
    assert moment_of("2026-03-01 12:00", "UTC") == NOON
    for wrong in ("", "soon", "2026-02-30", "01.03.2026"):
        with pytest.raises(ValueError, match="is no date; write one such as 2026-03-01"):
            moment_of(wrong, "UTC")


def test_jitter() -> None:
    """It is different for each time, within its bounds, and the same whenever one asks."""
    schedule = hourly(jitter=10 * MINUTE)
    delays = [schedule.due_at(NOON + n * HOUR) - NOON - n * HOUR for n in range(50)]
    assert len(set(delays)) > 40
    assert 0 <= min(delays) < max(delays) <= 10 * MINUTE
    due = schedule.due_at(NOON)
    assert outcome(schedule, NOON - 1, due - 1) == []
    assert outcome(schedule, NOON - 1, due) == [(0, True)]
