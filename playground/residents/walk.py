"""How a resident walks between the places of the playground.

Owns where a resident is after how long.  Does not own who is notified.  All randomness comes from a
generator of its own, so that walking changes nothing of what residents say.
"""

from __future__ import annotations

import random
from math import cos, hypot, radians
from typing import Final, NamedTuple


class Landmark(NamedTuple):
    """Somewhere that people go to."""

    name: str
    latitude: float
    """Degrees north."""
    longitude: float
    """Degrees east."""


PLACES: Final = (
    Landmark("harbour", 38.7069, -9.1442),
    Landmark("cinema", 38.7102, -9.1421),
    Landmark("workshop", 38.7087, -9.1375),
    Landmark("park", 38.7131, -9.1387),
    Landmark("library", 38.7118, -9.1466),
)
"""Those of the playground, some minutes' walk from each other; docs/playground.md has them."""

SPEED: Final = 1.4
"""Metres a second, as people walk."""

STAY: Final = (60.0, 240.0)
"""Seconds at a place."""

INEXACT: Final = 4.0
"""Metres of the standard deviation of what a device tells."""

ACCURACY: Final = 8.0
"""Metres that a device says it is exact to: twice that."""

DEGREE: Final = 111_195.0
"""Metres of a degree of latitude."""


class Walk:
    """One resident's.

    Args:
        generator: of all that is random in it.
    """

    def __init__(self, generator: random.Random) -> None:
        self._random = generator
        self._goal = generator.choice(PLACES)
        self._latitude, self._longitude = self._goal.latitude, self._goal.longitude
        self._rest = generator.uniform(*STAY)

    def after(self, seconds: float) -> tuple[float, float]:
        """Walk, or stay, for so long; return where a device says one is: latitude and longitude."""
        while seconds > 0:
            stayed = min(self._rest, seconds)
            self._rest -= stayed
            seconds = self._towards(seconds - stayed)
        noise = self._random.gauss(0, INEXACT), self._random.gauss(0, INEXACT)
        return (
            round(self._latitude + noise[0] / DEGREE, 6),
            round(self._longitude + noise[1] / self._width(), 6),
        )

    def depart(self) -> None:
        """Leave for another place now."""
        self._goal = self._random.choice([one for one in PLACES if one != self._goal])
        self._rest = 0.0

    def _towards(self, seconds: float) -> float:
        """Walk towards the goal; return the seconds that are left when one is there."""
        if seconds <= 0:
            return 0
        north = (self._goal.latitude - self._latitude) * DEGREE
        east = (self._goal.longitude - self._longitude) * self._width()
        way = hypot(north, east)
        part = 1.0 if way <= SPEED * seconds else SPEED * seconds / way
        self._latitude += part * north / DEGREE
        self._longitude += part * east / self._width()
        if part < 1:
            return 0
        self.depart()
        self._rest = self._random.uniform(*STAY)
        return seconds - way / SPEED

    def _width(self) -> float:
        """Return the metres of a degree of longitude here."""
        return DEGREE * cos(radians(self._latitude))
