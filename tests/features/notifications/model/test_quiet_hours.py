"""Quiet hours: when they hold, and until when."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from meshvisor.features.notifications.model.quiet_hours import QuietHours, check_hours


def until(hours: str, zone: str, moment: str) -> str | None:
    """Return when the quiet hours end in which a moment of UTC lies."""
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()
    found = QuietHours(hours, zone).until(round(at * 1000))
    return None if found is None else f"{datetime.fromtimestamp(found / 1000, UTC):%d %H:%M}"


@pytest.mark.parametrize(
    ("hours", "zone", "moment", "ends"),
    [
        ("", "UTC", "2026-03-01T03:00", None),
        ("22:00-07:00", "UTC", "2026-03-01T21:59", None),
        ("22:00-07:00", "UTC", "2026-03-01T22:00", "02 07:00"),
        ("22:00-07:00", "UTC", "2026-03-02T06:59", "02 07:00"),
        ("22:00-07:00", "UTC", "2026-03-02T07:00", None),
        ("12:00-13:30", "UTC", "2026-03-02T13:29", "02 13:30"),
        ("12:00-13:30", "UTC", "2026-03-02T13:30", None),
        ("22:00-07:00", "Asia/Kolkata", "2026-03-01T16:30", "02 01:30"),
        ("22:00-07:00", "Asia/Kolkata", "2026-03-01T16:29", None),
        # The night in which clocks go forward is an hour shorter, the other one longer.
        ("22:00-07:00", "Europe/Berlin", "2026-03-28T23:00", "29 05:00"),
        ("22:00-07:00", "Europe/Berlin", "2026-10-24T23:00", "25 06:00"),
        # What would end in the hour that is left out ends behind it.
        ("22:00-02:30", "Europe/Berlin", "2026-03-29T00:30", "29 01:30"),
    ],
)
def test_until(hours: str, zone: str, moment: str, ends: str | None) -> None:
    """They are meant in the zone of their readers, over midnight and changes of the clocks."""
    assert until(hours, zone, moment) == ends


@pytest.mark.parametrize("text", ["22-7", "25:00-07:00", "22:00", "22:60-07:00", "night"])
def test_mistakes(text: str) -> None:
    """One sentence says what is allowed, with an example."""
    with pytest.raises(ValueError, match=r'are no quiet hours; write .* such as "22:00-07:00"'):
        check_hours(text)


def test_all_day() -> None:
    """Hours that begin where they end are refused: it would be ambiguous."""
    with pytest.raises(ValueError, match="would last all day or none of it"):
        check_hours("07:00-07:00")
