"""The registries of plug-ins, and snapshots of them.

Owns the list: commands and event handlers, and what features add.  A plug-in registers all or
nothing: what it had registered before it failed is taken back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from meshvisor.shared.feature import parts
from meshvisor.worker.mesh.commands.registry import COMMANDS
from meshvisor.worker.mesh.events import HANDLERS


class Registry(Protocol):
    """A part of the worker with which plug-ins register something."""

    def snapshot(self) -> Any:
        """Return the present state for `restore`."""
        ...

    def restore(self, state: Any) -> None:
        """Go back to a state that `snapshot` returned."""
        ...


class FeatureRegistry(Registry, Protocol):
    """One of a feature."""

    @property
    def names(self) -> tuple[str, ...]:
        """What is registered, by name."""
        ...

    def added_since(self, state: Any) -> tuple[dict[str, Any], ...]:
        """Return what was registered since a snapshot: each as JSON, with its `name`."""
        ...


def of_features() -> Mapping[str, FeatureRegistry]:
    """Return the registries of features by what they hold, such as `actions`."""
    return {name: one for _, registries in parts("plug_ins") for name, one in registries.items()}


class Snapshot:
    """What was registered at one moment."""

    def __init__(self) -> None:
        self._features = of_features()
        self._commands = COMMANDS.snapshot()
        registries: list[Registry] = [COMMANDS, HANDLERS, *self._features.values()]
        self._states = [(registry, registry.snapshot()) for registry in registries]

    def restore(self) -> None:
        """Undo all registrations since then."""
        for registry, state in self._states:
            registry.restore(state)

    def new_commands(self) -> tuple[str, ...]:
        """Return the names of commands that were registered since."""
        return tuple(name for name in COMMANDS.names if name.casefold() not in self._commands)

    def new_in_features(self) -> dict[str, tuple[dict[str, Any], ...]]:
        """Return what was registered with features since, by registry."""
        states = {id(registry): state for registry, state in self._states}
        added = {
            name: registry.added_since(states[id(registry)])
            for name, registry in self._features.items()
        }
        return {name: entries for name, entries in added.items() if entries}
