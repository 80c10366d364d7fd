"""What a provider of meshes is, and what it returns or raises.

Owns the types that every provider and `features.fleet.supervisor.discovery` share, nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.transports import DEFAULT_TRANSPORT


@dataclass(frozen=True, slots=True)
class DiscoveredMesh:
    """A mesh that a bot should take part in."""

    mesh_id: str
    server: str
    """Address of its server; empty: its transport has none, or its settings say where."""
    source: str
    """Who knows of it: `settings`, `platform`, `playground` or `accounts.NAME`."""
    transport: str = DEFAULT_TRANSPORT
    """What carries its messages (`shared.transports`)."""
    address: str = ""
    """The network's name of it; empty: its id is that too."""
    account: str = ""
    """Which of `[accounts]` the bot has there; empty: the one of the platform."""
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """What else its transport has to know, as `TransportKind.settings` has checked it."""
    places: tuple[str, ...] | None = None
    """Where commands are answered, beside what is said to the bot alone; None: everywhere."""
    broken: str = ""
    """Why its transport cannot be used, in a sentence; empty: it can, as far as is known."""
    stale: bool = field(default=False, compare=False)
    """Whether it is only remembered, because its provider has not answered in this look."""


class DiscoveryError(MeshvisorError):
    """A provider cannot say which meshes there are; the message is one sentence without a stop.

    Attributes:
        transient: it looks as if the provider were down for a moment, so that it is worth while
            to ask again soon; anything else lasts until an operator mends it.
    """

    def __init__(self, message: str, *, transient: bool = False) -> None:
        super().__init__(message)
        self.transient = transient


class Provider(Protocol):
    """A source that knows of meshes."""

    @property
    def source(self) -> str:
        """What its meshes carry as their source; no two providers share one."""
        ...

    async def find(self) -> Sequence[DiscoveredMesh]:
        """Return all meshes that it knows of now; may be called again before it has answered.

        Raises:
            DiscoveryError: it cannot say.
        """
        ...
