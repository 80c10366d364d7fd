"""cronsim, right also where the clocks of a zone change by less than an hour, and quick elsewhere.

It goes from hour to hour in steps of 3,600 s.  Where clocks change by half an hour (Lord Howe
Island), or in the midst of an hour (Chatham Islands), such a step lands behind what it looks for.
Steps over a change are done here minute by minute; others in one, which is quicker.  Where no
clock changes at all, the next local time is computed (`next_local`), a third of the work.
"""

from __future__ import annotations

from bisect import bisect_right
from copy import copy
from datetime import datetime, timedelta
from typing import Final

from cronsim import CronSim

MINUTE: Final = 60
HOUR: Final = 3600

DAYS_AHEAD: Final = 70
"""Days that `next_local` looks ahead: what fires more rarely may take its time."""

_DAY: Final = timedelta(days=1)


class Calendar(CronSim):
    """Iterates over the moments of a cron expression; as `CronSim`."""

    def __init__(self, expr: str, dt: datetime) -> None:
        super().__init__(expr, dt)
        self._minutes = tuple(sorted(self.minutes))
        self._hours = tuple(sorted(self.hours))

    def next_local(self, after: datetime) -> datetime | None:
        """Return the next local time that fits, as if no clock ever changed.

        Args:
            after: a local time without its zone, in full minutes.

        Returns:
            None: there is none within `DAYS_AHEAD`.
        """
        if after.month in self.months and self.match_day(after):
            if after.hour in self.hours:
                following = bisect_right(self._minutes, after.minute)
                if following < len(self._minutes):
                    return after.replace(minute=self._minutes[following])
            following = bisect_right(self._hours, after.hour)
            if following < len(self._hours):
                return after.replace(hour=self._hours[following], minute=self._minutes[0])
        day = after.replace(hour=self._hours[0], minute=self._minutes[0])
        for _ in range(DAYS_AHEAD):
            day += _DAY
            if day.month in self.months and self.match_day(day):
                return day
        return None

    def behind(self, moment: datetime) -> Calendar:
        """Return one of the same expression and zone that begins behind a moment of that zone.

        Reading an expression takes longer than finding its next time.
        """
        found = copy(self)
        # Only full minutes are looked for, and the first step is a second.
        found.dt = moment.replace(second=MINUTE - 1, microsecond=0)
        if found.fixup_tz is not None:
            found.dt = found.dt.replace(tzinfo=None)
        return found

    def advance_minute(self) -> bool:
        """Go to a minute that fits; False: this one does."""
        before = self.dt
        if before.minute in self.minutes:
            return False
        following = min((one for one in self.minutes if one > before.minute), default=MINUTE)
        self.tick((following - before.minute) * MINUTE - before.second)
        if self.dt.utcoffset() != before.utcoffset():
            self.dt = before.replace(second=0)
            while self.dt.minute not in self.minutes:
                self.tick(MINUTE)
                if self.dt.hour != before.hour:
                    break  # another hour or day may not fit
        return True

    def advance_hour(self) -> bool:
        """Go to the beginning of an hour that fits; False: this one does."""
        if self.dt.hour in self.hours:
            return False
        start = self.dt
        following = min((one for one in self.hours if one > start.hour), default=24)
        self.tick((following - start.hour) * HOUR - start.minute * MINUTE - start.second)
        if self.dt.utcoffset() != start.utcoffset():
            self.dt = start
            self._go_by_hours()
        return True

    def _go_by_hours(self) -> None:
        day = self.dt.day
        while self.dt.hour not in self.hours and self.dt.day == day:
            before = self.dt
            self.tick(HOUR - before.minute * MINUTE - before.second)
            if self.dt.utcoffset() != before.utcoffset():
                self.dt = before.replace(second=0)
                while self.dt.hour == before.hour:
                    self.tick(MINUTE)
