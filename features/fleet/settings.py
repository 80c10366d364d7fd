"""`[fleet]`, `[commands]` and `[[meshes]]`."""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field

from meshvisor.features.access.settings import DatabaseFileSetting
from meshvisor.features.blocklist.settings import BlocklistFileSetting
from meshvisor.shared.settings.kernel import ShutdownSetting
from meshvisor.shared.settings.section import Section, Table, Tables
from meshvisor.shared.settings.values import MeshId, WebSocketAddress


def _prefixes(value: object) -> object:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def _mesh(value: object) -> object:
    return {"id": value} if isinstance(value, str) else value


Prefix = Annotated[str, Field(min_length=1, max_length=20, pattern=r"^\S+$", examples=["!"])]


class _WorkerSettings(Section):
    # What stands first in `[fleet]`.

    command_prefix: Annotated[
        tuple[Prefix, ...],
        Field(min_length=1, max_length=32),
        BeforeValidator(_prefixes, json_schema_input_type=Prefix | tuple[Prefix, ...]),
    ] = ("?",)
    """What a chat message must begin with to be a command; one or a list."""
    max_processes: int = Field(0, ge=0)
    """Workers at most; 0: no limit.  Meshes beyond it wait."""
    status_poll_interval: float = Field(30, ge=1, le=3600)
    """Seconds between two status requests to each worker."""
    process_restart_delay: float = Field(5, ge=0, le=300)
    """Seconds; base of the delay before a worker that crashed again is restarted."""
    restart_delay_max: float = Field(300, ge=0, le=86_400)
    """Seconds; the longest of these delays, which double with each crash in a row."""
    max_process_restarts: int = Field(5, ge=0)
    """More crashes than this within `restart_window`, and a mesh is `failed`."""
    restart_window: float = Field(600, gt=0)
    """Seconds."""


class _ConnectSettings(Section):
    # What stands behind the kernel's share of `[fleet]`.

    max_connection_attempts: int = Field(3, ge=1)
    """Failed connects in a row after which a mesh is blocked for a while."""
    blocklist_duration: float = Field(3600, gt=0)
    """Seconds of such a block."""


class FleetSettings(
    DatabaseFileSetting, BlocklistFileSetting, _ConnectSettings, ShutdownSetting, _WorkerSettings
):
    """`[fleet]`: the workers and how they are kept."""

    mesh_mode: Literal["invited", "all"] = "invited"
    """Which meshes discovery asks the platform for."""
    discovery_interval: float = Field(60, ge=0.1)
    """Seconds between two looks for meshes."""
    hung_after: float = Field(3, ge=1, le=600)
    """Seconds without a heartbeat after which a worker is hung."""
    connects_per_second: int = Field(20, ge=1, le=10_000)
    """Connects of all workers together within any second."""
    worker_memory_limit_mb: int = Field(512, ge=0)
    """Private memory of a worker beyond what it is born with; 0: no limit."""


class CommandSettings(Section):
    """`[commands]`: chat commands inside a worker."""

    timeout: float = Field(30, gt=0, le=3600)
    """Seconds that one command may run."""
    concurrency: int = Field(8, ge=1, le=1000)
    """Commands of one mesh at the same time; further ones wait."""
    cooldown: float = Field(1, ge=0, le=3600)
    """Seconds between two commands of one user; 0: none."""


class StaticMesh(Section):
    """One `[[meshes]]` entry: a mesh that is always wanted."""

    id: MeshId
    server: WebSocketAddress | None = None
    """None: `platform.server`."""


SECTIONS: Final = MappingProxyType(
    {
        "fleet": Table(model=FleetSettings, position=10),
        "commands": Table(model=CommandSettings, position=20),
        "meshes": Tables(
            model=StaticMesh, position=40, key="id", one="mesh", read=_mesh, is_last=True
        ),
    }
)
