"""`[reports]`: what is counted for reports, and for how long."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from pydantic import Field

from meshvisor.shared.settings.section import Section, Table


class ReportSettings(Section):
    """`[reports]`."""

    count_rooms: bool = False
    """Whether messages and users are counted, for which all bots have to report what is said."""
    keep_days: float = Field(800, ge=62, le=3650)
    """Days that the figures of a day are kept: two years and some more, for comparing."""


SECTIONS: Final = MappingProxyType(
    {"reports": Table(model=ReportSettings, position=79, needs_restart=("count_rooms",))}
)
