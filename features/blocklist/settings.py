"""The setting of `[fleet]` that names the blocklist's file."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from meshvisor.shared.settings.section import Section, Table
from meshvisor.shared.settings.values import FileName


class BlocklistFileSetting(Section):
    """Of `[fleet]`: where the blocklist is kept."""

    blocklist_persist_path: FileName = "config/blocklist.json"
    """Below the home unless absolute."""


SECTIONS: Final = MappingProxyType(
    {
        "fleet": Table(
            model=BlocklistFileSetting, position=10, needs_restart=("blocklist_persist_path",)
        )
    }
)
