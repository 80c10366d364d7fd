"""Where meshes come from: the settings, and what features look them up in.

Owns the list of providers, and the place where features put theirs in.  Called by the service at
the start, after a reload, and when the account has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from meshvisor.features.access.settings import AccountSettings
from meshvisor.features.fleet.settings import FleetSettings, StaticMesh
from meshvisor.features.fleet.supervisor.discovery import Provider
from meshvisor.features.fleet.supervisor.providers.account import AccountProvider, ListingProcess
from meshvisor.features.fleet.supervisor.providers.static import StaticProvider
from meshvisor.shared.found_meshes import Account
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.transports import NoTransportError, default_server


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
    """All sources of meshes; features add theirs when they are made.

    Args:
        process: how the networks of accounts are asked.
    """

    def __init__(self, process: ListingProcess) -> None:
        self._process = process
        self._added: list[Source] = []
        self._hints: list[str] = []

    def add(self, source: Source) -> None:
        """Ask it, too, from the next look on."""
        self._added.append(source)

    @property
    def hints(self) -> Sequence[str]:
        """How an operator has meshes found."""
        return [*(source.hint for source in self._added), *self._hints]

    def advise(self, hint: str) -> None:
        """Add a hint how an operator without meshes gets some."""
        self._hints.append(hint)

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
        found.extend(self._of_accounts(settings, server_of))
        return tuple(found)

    def _of_accounts(
        self, settings: Settings, server_of: Callable[[str], str]
    ) -> Iterator[AccountProvider]:
        fleet, accounts = settings.of(FleetSettings), settings.named(AccountSettings)
        for name in fleet.discovery_accounts:
            held = accounts[name]
            try:
                server = server_of(held.transport)
            except NoTransportError:
                server = ""  # of a broken package, which the answer will say
            account = Account(name=name, fields=held.fields(), mode=fleet.mesh_mode)
            yield AccountProvider(account, held.transport, self._process, server)
