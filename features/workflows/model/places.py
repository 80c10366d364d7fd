"""Times of day, days of the week and positions, as conditions compare them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from meshvisor.features.workflows import wordings as say

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

EARTH: Final = 6_371_008.8
"""Metres: the mean radius."""

_TIME: Final = re.compile(r"(\d{1,2}):(\d{2})")


def minute_of(text: str) -> int:
    """Return the minute of the day of a time.

    Raises:
        ValueError: it is none.
    """
    match = _TIME.fullmatch(text)
    if match is None or not (int(match[1]) <= 24 and int(match[2]) < 60):
        raise ValueError(say.NO_TIME_OF_DAY(found=repr(text[:20])))
    return int(match[1]) * 60 + int(match[2])


@lru_cache(maxsize=200)
def zone_of(name: str) -> ZoneInfo:
    """Return a time zone.

    Raises:
        ValueError: there is none of this name.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(say.NO_ZONE(found=repr(name[:60]))) from None


def position_of(value: Any) -> tuple[float, float] | None:
    """Return latitude and longitude of a value that has both; None: it has not."""
    if not isinstance(value, Mapping):
        return None
    latitude = value.get("latitude", value.get("lat"))
    longitude = value.get("longitude", value.get("lon"))
    if isinstance(latitude, (int, float)) and isinstance(longitude, (int, float)):
        return float(latitude), float(longitude)
    return None


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the metres between two positions, on a sphere."""
    lat1, lon1, lat2, lon2 = map(math.radians, (*one, *other))
    half = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH * math.asin(min(1.0, math.sqrt(half)))
