"""What a child gets when it is forked: nothing secret, only what never changes in its life.

Secrets and everything that changes come over the channel.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from meshvisor.shared.protocol.parts import Part, written

HEARTBEAT_INTERVAL: Final = 0.5
"""Seconds between two stamps of a child's event loop."""


class StartParams(Part, forbid_unknown_fields=True):
    """The parameters that a child of every kind has."""

    log_level: str
    """A level name of the `logging` module."""
    memory_limit_bytes: int
    """Private memory that the child may have beyond what it was born with; 0: no limit."""


class MeshStart(StartParams, forbid_unknown_fields=True):
    """The parameters of a mesh worker."""

    mesh_id: str
    transport: str
    """The transport that carries its messages (`shared.transports`)."""
    server: str
    """Address of the mesh's server; empty: its transport has none, or its settings say where."""
    address: str
    """The network's name of the mesh; empty: its id is that too."""
    settings: Mapping[str, Any]
    """Its own settings, as `TransportKind.settings` has checked them."""
    places: tuple[str, ...] | None = None
    """Where commands are answered, beside what is said to the bot alone; None: everywhere."""
    broken: str = ""
    """Why its transport cannot be used, in a sentence; empty: it can, as far as is known."""
    command_prefix: tuple[str, ...]
    """A message that begins with one of these is a command."""
    command_timeout: float
    """Seconds that a command may run."""
    command_concurrency: int
    """Commands of this mesh that may run at the same time."""
    command_cooldown: float
    """Seconds between two commands of one user; 0: none."""
    command_max_age: float
    """Seconds after which a command that was said is not carried out any more; 0: never."""


class RunnerStart(StartParams, forbid_unknown_fields=True):
    """The parameters of a job runner."""

    lane: str
    max_jobs: int = written(0)
    """Jobs after which it asks to be replaced, as soon as it has none; 0: never."""
