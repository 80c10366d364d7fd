"""What a transport is asked when meshes are looked for, and what it answers.

Owns the contract of `TransportKind.discover`, which packages with transports import.  Does not own
who asks, which is the fleet, nor the process that answers (`worker.discovering`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from meshvisor.shared.errors import MeshvisorError


class CannotDiscoverError(MeshvisorError):
    """Which meshes there are cannot be found out now; those that are known stay.

    Attributes:
        transient: it looks as if the network were down for a moment, so that it is worth while to
            ask again soon.
    """

    def __init__(self, message: str, *, transient: bool = False) -> None:
        super().__init__(message)
        self.transient = transient


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Whose meshes are asked for."""

    name: str
    """As in `[accounts.NAME]`."""
    fields: Mapping[str, str]
    """What the account holds, secrets included."""
    mode: Literal["invited", "all"]
    """`fleet.mesh_mode`: those that the bot was invited to, or all that it may be in."""

    def __repr__(self) -> str:
        """Return it without its secrets."""
        return f"Account({self.name!r})"


class FoundMesh(msgspec.Struct, frozen=True, kw_only=True):
    """One mesh, as an entry of `[[meshes]]` would say it; transport and account are known."""

    id: str
    address: str = ""
    """The network's own name of it; empty: the id is that too."""
    server: str = ""
    """Where it is, for transports with servers; empty: the default."""
    places: tuple[str, ...] | None = None
    """Where commands are answered, beside what is said to the bot alone; None: everywhere."""
    settings: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """What the entry would say for the transport alone."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What comes back from the process: meshes, or why there are none."""

    meshes: tuple[FoundMesh, ...] = ()
    error: str = ""
    """One sentence without a stop; empty: the meshes are all that there are."""
    transient: bool = False
