"""The plans, and what an investment owes on which day.

The rounding rule: what is owed after n days is principal x daily rate x n, rounded down once to
whole paise; a day pays the difference to the day before.  So a fraction of a paisa is neither lost
nor paid twice but carried to the next day, and all days together are what the plan has promised.  A
commission is rounded in the same way, from the exact return and not from the rounded one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from .money import PAISE

MILLION: Final = 1_000_000
"""Rates are kept in millionths, as whole numbers: 1.25 % is 12,500."""

LEVELS: Final = 5
"""Of referral commissions: the one who has recommended it to the investor, the one above, …"""


@dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed when an investment was made; a plan that changes later does not change it."""

    principal: int
    """Paise."""
    daily_rate: int
    """Millionths of the principal for each day."""
    days: int
    """Days that are paid, the first one on the day after."""
    commissions: tuple[int, ...]
    """For each level, millionths of the return."""

    def owed(self, day: int, level: int) -> int:
        """Return the paise that are owed until a day.

        Args:
            day: number of the day, from 1; 0: before the first.
            level: 0: to the investor; 1 to `LEVELS`: to who is so many recommendations away.
        """
        exact = self.principal * self.daily_rate * min(day, self.days)
        if level == 0:
            return exact // MILLION
        return exact * self.commissions[level - 1] // MILLION**2

    def due(self, day: int, level: int) -> int:
        """Return the paise that one day pays; see `owed`."""
        return self.owed(day, level) - self.owed(day - 1, level)


@dataclass(frozen=True, slots=True)
class Plan:
    """A kind of investment that is on offer."""

    daily_rate: int
    days: int
    least: int
    most: int
    """Paise that may be invested."""

    def terms(self, principal: int) -> Terms:
        """Return what an investment agrees on."""
        return Terms(principal, self.daily_rate, self.days, COMMISSIONS)


def percent(text: str) -> int:
    """Return millionths of a percentage such as `1.25`."""
    return int(Decimal(text) * MILLION / 100)


COMMISSIONS: Final = tuple(map(percent, ("10", "5", "3", "2", "1")))

PLANS: Final[Mapping[str, Plan]] = MappingProxyType(
    {
        "starter": Plan(percent("0.6"), 200, 500 * PAISE, 50_000 * PAISE),
        "growth": Plan(percent("0.85"), 150, 50_000 * PAISE, 500_000 * PAISE),
        "premium": Plan(percent("1.25"), 100, 500_000 * PAISE, 5_000_000 * PAISE),
    }
)
