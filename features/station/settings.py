"""`[station]`: who counts as present, when a user is in a zone, and what is kept."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from pydantic import Field

from meshvisor.shared.settings.section import Section, Table

DAY: Final = 86_400
YEAR: Final = 3650
"""Days that may be kept at most: ten years."""


class StationSettings(Section):
    """`[station]`."""

    presence: bool = True
    """Whether workers report which users do something in their rooms, and where they are."""
    offline_after: float = Field(300, ge=10, le=30 * DAY)
    """Seconds without any activity after which a user is offline."""
    register_seen: bool = False
    """Whether all users who are seen are registered at once."""
    health_alerts: bool = True
    """Whether alerts of the health check become alerts of the station."""
    hysteresis: float = Field(25, ge=0, le=100_000)
    """Metres that a user has to be outside of a zone to have left it, where the zone does not say;
    positions are not exact."""
    dwell: float = Field(0, ge=0, le=DAY)
    """Seconds that a user has to be in a zone, or outside, before that counts, where the zone does
    not say."""
    positions: int = Field(1000, ge=1, le=100_000)
    """Positions that are kept of each user."""
    keep_days: float = Field(90, ge=0, le=YEAR)
    """Days that alerts are kept after they were resolved; 0: for ever."""
    keep_positions_days: float = Field(7, ge=0, le=YEAR)
    """Days that positions are kept, but for the last one; 0: for ever."""
    keep_users_days: float = Field(365, ge=0, le=YEAR)
    """Days after which users are forgotten who were not seen since and are not registered; 0:
    never."""


SECTIONS: Final = MappingProxyType({"station": Table(model=StationSettings, position=81)})
