"""Settings that belong to no feature: stopping, events, plug-ins and logs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from pydantic import Field

from meshvisor.shared.settings.section import Section, Table, Tables
from meshvisor.shared.settings.values import ModuleName


class EventSettings(Section):
    """`[events]`: the log of what has happened."""

    keep_days: float = Field(7, gt=0, le=3650)
    """Days that events are kept whose kind has no time of its own."""
    unread_limit: int = Field(1_000_000, ge=1000)
    """Events that are kept for a subscriber which does not read them, however old they are."""


class RetentionSettings(Section):
    """One `[[retention]]` entry: how long some kinds of events are kept."""

    kind: str = Field(pattern=r"^(\*|[a-z_]+(\.[a-z_]+)*(\.\*)?)$", examples=["job.*"])
    """Its name, or a family; of several entries that match the last one counts."""
    days: float = Field(gt=0, le=3650)


class ShutdownSetting(Section):
    """The kernel's share of `[fleet]`."""

    shutdown_timeout: float = Field(10, gt=0, le=600)
    """Seconds that workers have to leave politely."""


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


SECTIONS: Final[Mapping[str, Table | Tables]] = MappingProxyType(
    {
        "fleet": Table(model=ShutdownSetting, position=10),
        "events": Table(model=EventSettings, position=74),
        "retention": Tables(model=RetentionSettings, position=76, key="kind", one="kind of events"),
        "plugins": Table(model=PluginSettings, position=80),
        "logs": Table(
            model=LogSettings,
            position=90,
            needs_restart=("file_size_mb", "files_kept", "folder_cap_mb", "lines_in_memory"),
        ),
    }
)
