"""What may be asked of the supervisor itself, and which meshes there are.

Owns three interfaces: the service implements `Life`, `settings_reload` `SettingsPreview`, the fleet
`KnownMeshes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from meshvisor.shared.control.results import ReloadReport, SettingsReport, SkippedPlugin


class Life(Protocol):
    """A running supervisor."""

    @property
    def state(self) -> str:
        """`starting`, `running` or `stopping`."""
        ...

    @property
    def started_at(self) -> float:
        """Monotonic seconds."""
        ...

    @property
    def skipped_plugins(self) -> tuple[SkippedPlugin, ...]:
        """Plug-ins that are not in use as they are on the disk, and why."""
        ...

    def refuse_while_stopping(self) -> None:
        """Raise a `MeshvisorError` when it is too late to begin anything."""
        ...

    async def reload(self) -> ReloadReport:
        """Read the settings again and change what changed; `SettingsError` changes nothing."""
        ...

    def request_shutdown(self, reason: str, *, insists: bool) -> None:
        """Begin a graceful stop; when it insists, a second time forces it."""
        ...


class SettingsPreview(Protocol):
    """The settings of a running supervisor."""

    async def preview(self) -> SettingsReport:
        """Return those that hold, and what a reload would change; takes nothing over."""
        ...


class KnownMeshes(Protocol):
    """The meshes that a fleet knows; where there is no fleet no feature provides it."""

    def mesh_ids(self) -> Sequence[str]:
        """Return their ids, in the fleet's order."""
        ...

    def __contains__(self, mesh_id: object, /) -> bool: ...
