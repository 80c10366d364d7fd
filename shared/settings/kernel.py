"""Settings that belong to no feature: plug-ins and logs."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, Literal

from pydantic import Field

from meshvisor.shared.settings.section import Section, Table
from meshvisor.shared.settings.values import ModuleName


class PluginSettings(Section):
    """`[plugins]`: code of the operator's own."""

    modules: tuple[ModuleName, ...] = ()
    """Python modules, loaded beside `config/plugins/*.py` and installed entry points."""


class LogSettings(Section):
    """`[logs]`: what is written and how much is kept."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least important records that are written."""
    file_size_mb: float = Field(5, gt=0)
    """Size at which a mesh's file is rotated."""
    files_kept: int = Field(3, ge=1, le=100)
    """Rotated files kept per mesh beside the current one."""
    folder_cap_mb: float = Field(500, gt=0)
    """All log files together; the oldest rotated ones go first."""
    lines_in_memory: int = Field(200, ge=0, le=100_000)
    """Last lines kept per mesh for `meshvisor logs`."""


SECTIONS: Final = MappingProxyType(
    {
        "plugins": Table(model=PluginSettings, position=80),
        "logs": Table(
            model=LogSettings,
            position=90,
            needs_restart=("file_size_mb", "files_kept", "folder_cap_mb", "lines_in_memory"),
        ),
    }
)
