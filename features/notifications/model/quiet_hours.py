"""The hours in which a channel is not used, in the zone of those who read it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Final

import msgspec

from meshvisor.features.schedules.model.cron import zone

EXAMPLE: Final = '"22:00-07:00"'

_FORM: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*-\s*([01]?\d|2[0-3]):([0-5]\d)")


def check_hours(text: str) -> str:
    """Return quiet hours as they are written; empty: there are none.

    Raises:
        ValueError: they cannot be; the message is one sentence with an example.
    """
    if text:
        _read(text)
    return text


class QuietHours(msgspec.Struct, frozen=True):
    """From one time of the day to another one, maybe of the next day."""

    text: str
    """As in `check_hours`."""
    zone_name: str

    def until(self, moment: int) -> int | None:
        """Return when the quiet hours end in which a moment lies; None: it lies in none.

        Args:
            moment: epoch milliseconds, as is what is returned.
        """
        if not self.text:
            return None
        begin, end = _read(self.text)
        local = datetime.fromtimestamp(moment / 1000, UTC).astimezone(zone(self.zone_name))
        now = local.time()
        is_quiet = begin <= now < end if begin < end else now >= begin or now < end
        if not is_quiet:
            return None
        day = local.date() if now < end else local.date() + timedelta(days=1)
        ends = datetime.combine(day, end, tzinfo=local.tzinfo)
        # An hour that the clocks leave out ends when they have left it out.
        return max(round(ends.timestamp() * 1000), moment + 1)


# Private


def _read(text: str) -> tuple[time, time]:
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise ValueError(
            f"{text[:40]!r} are no quiet hours; write from when to when, such as {EXAMPLE}"
        )
    hour, minute, last_hour, last_minute = map(int, found.groups())
    begin, end = time(hour, minute), time(last_hour, last_minute)
    if begin == end:
        raise ValueError(
            f"quiet hours of {text!r} would last all day or none of it; write such as {EXAMPLE}, "
            "or disable the channel: enabled = false"
        )
    return begin, end
