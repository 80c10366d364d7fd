"""`[records]`: how long records are kept."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from pydantic import Field

from meshvisor.shared.settings.section import Section, Table


class RecordSettings(Section):
    """`[records]`."""

    keep_unused_days: float = Field(180, ge=0, le=3650)
    """Days that a record is kept without being asked for; 0: for ever."""


SECTIONS: Final = MappingProxyType({"records": Table(model=RecordSettings, position=75)})
