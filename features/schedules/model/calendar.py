"""cronsim, right also where the clocks of a zone change by less than an hour.

It goes from hour to hour in steps of 3,600 s, and to a minute in one step.  Where clocks change by
half an hour (Lord Howe Island), or in the midst of an hour (Chatham Islands), such a step lands
behind what it looks for.  Steps over a change are done here minute by minute.
"""

from __future__ import annotations

from typing import Final

from cronsim import CronSim

MINUTE: Final = 60
HOUR: Final = 3600


class Calendar(CronSim):
    """Iterates over the moments of a cron expression; as `CronSim`."""

    def advance_minute(self) -> bool:
        """Go to a minute that fits; False: this one does."""
        before = self.dt
        if not super().advance_minute():
            return False
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
        day = self.dt.day
        while self.dt.hour not in self.hours and self.dt.day == day:
            before = self.dt
            self.tick(HOUR - before.minute * MINUTE - before.second)
            if self.dt.utcoffset() != before.utcoffset():
                self.dt = before.replace(second=0)
                while self.dt.hour == before.hour:
                    self.tick(MINUTE)
        return True
