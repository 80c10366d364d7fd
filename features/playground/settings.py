"""`[playground]`."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from pydantic import Field

from meshvisor.shared.settings.section import ALL, Section, Table


class PlaygroundSettings(Section):
    """`[playground]`: the local mesh server of `meshvisor run --playground`."""

    host: str = Field("127.0.0.1", pattern=r"^\S+$", examples=["127.0.0.1"])
    """Address that it listens on."""
    port: int = Field(0, ge=0, le=65535)
    """0: any free one."""
    rooms: int = Field(3, ge=1, le=10_000)
    """Rooms to begin with."""
    residents: int = Field(2, ge=0, le=100)
    """Simulated people per room."""


SECTIONS: Final = MappingProxyType(
    {"playground": Table(model=PlaygroundSettings, position=100, needs_restart=ALL)}
)
