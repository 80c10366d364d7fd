"""`[cleanup]`: the backups that are made before anything is removed."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from pydantic import Field

from meshvisor.shared.settings.section import Section, Table


class CleanupSettings(Section):
    """`[cleanup]`."""

    backups: int = Field(7, ge=0, le=1000)
    """Backups that are kept, the newest ones; 0: none is made."""


SECTIONS: Final = MappingProxyType({"cleanup": Table(model=CleanupSettings, position=78)})
