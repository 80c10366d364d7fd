"""What a transport plays for the warm-up (`worker.mesh.warm_up_lives`).

Owns the contract.  `TransportKind.warm_up` names a `WarmUp`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class WarmUpRoom:
    """Where the bot is for a short life."""

    server: str = ""
    """As an entry of `[[meshes]]` says it."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """All own settings of the transport, as its model has checked them."""
    account: Mapping[str, str] = field(default_factory=dict)
    """What `[accounts.NAME]` would hold for it; empty: the mesh has none."""


@dataclass(frozen=True)
class WarmUp:
    """How a transport is warmed up."""

    room: Callable[[], AbstractAsyncContextManager[WarmUpRoom]]
    """Plays a room, in which a user says `?ping` to each bot that comes.  It raises OSError where
    it cannot."""
    stage: tuple[str, ...] = ()
    """Modules, by how their names begin, that only the room needs, and no worker; the one of
    `room` itself is known."""
