"""Where meshes come from: the settings, and what features look them up in.

Owns the list of providers, and the place where features put theirs in.  Called by the service at
the start, after a reload, and when the account has changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from meshvisor.features.fleet.settings import StaticMesh
from meshvisor.features.fleet.supervisor.discovery import Provider
from meshvisor.features.fleet.supervisor.providers.static import StaticProvider
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.transports import default_server


class Source(Protocol):
    """What a feature knows of the meshes of one transport."""

    transport: str
    """Its name."""
    hint: str
    """How an operator has it find some: `set platform.url`."""

    def server(self, settings: Settings) -> str:
        """Return the server of meshes that name none of their own."""
        ...

    def providers(self, settings: Settings) -> Sequence[Provider]:
        """Return whom to ask for meshes by the present settings and with the present account."""
        ...


class Sources:
    """All of them; features add theirs when they are made."""

    def __init__(self) -> None:
        self._added: list[Source] = []

    def add(self, source: Source) -> None:
        """Ask it, too, from the next look on."""
        self._added.append(source)

    @property
    def hints(self) -> Sequence[str]:
        """How an operator has meshes found."""
        return [source.hint for source in self._added]

    def providers(self, settings: Settings) -> tuple[Provider, ...]:
        """Return the providers that the settings mean, the settings themselves first."""

        def server_of(transport: str) -> str:
            for source in self._added:
                if source.transport == transport:
                    return source.server(settings)
            return default_server(transport, settings)

        found: list[Provider] = [StaticProvider(settings.each(StaticMesh), server_of)]
        for source in self._added:
            found.extend(source.providers(settings))
        return tuple(found)
