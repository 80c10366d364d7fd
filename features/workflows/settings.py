"""`[workflows]`."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from pydantic import Field

from meshvisor.shared.settings.section import ALL, Section, Table


class WorkflowSettings(Section):
    """`[workflows]`: what happens by itself when something has happened."""

    enabled: bool = True
    """Whether workflows run; their definitions can be changed all the same."""
    keep_executions_days: float = Field(30, ge=0, le=3650)
    """Days that executions are kept that have ended; 0: for ever."""


SECTIONS: Final = MappingProxyType(
    {"workflows": Table(model=WorkflowSettings, position=72, needs_restart=ALL)}
)
