"""The states of a mesh, as operators see them (drawn in docs/architecture.md).

Owns the states, one sentence each, and the table of allowed transitions.  Does not own when a
transition happens: that is `features.fleet.supervisor`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final


class MeshState(enum.StrEnum):
    """Where one mesh stands."""

    WAITING = "waiting"
    """Wanted, but not started: `max_processes` is reached, or its turn has not come yet."""
    SPAWNING = "spawning"
    """Its process has been asked for and has not reported yet."""
    READY = "ready"
    """Its process runs, has loaded its commands and waits for its turn to connect."""
    CONNECTED = "connected"
    """The bot is in the room and answers."""
    DISCONNECTED = "disconnected"
    """The process runs, has lost its connection or could not connect yet, and tries again."""
    UNHEALTHY = "unhealthy"
    """The process lives, but its event loop has stopped answering; it is about to be replaced."""
    RESTARTING = "restarting"
    """The process is gone; a new one starts as soon as the restart policy allows."""
    STOPPED = "stopped"
    """No process, on purpose: an operator stopped it, or the bot left the room."""
    BLOCKED = "blocked"
    """No process: the mesh is on the blocklist, for a time or for ever."""
    FAILED = "failed"
    """It crashed too often; it is tried again at long intervals, or by hand."""


_S = MeshState

TRANSITIONS: Final[Mapping[MeshState, frozenset[MeshState]]] = MappingProxyType(
    {
        _S.WAITING: frozenset({_S.SPAWNING, _S.STOPPED, _S.BLOCKED}),
        _S.SPAWNING: frozenset(
            {_S.READY, _S.UNHEALTHY, _S.RESTARTING, _S.STOPPED, _S.BLOCKED, _S.FAILED}
        ),
        _S.READY: frozenset(
            {
                _S.CONNECTED,
                _S.DISCONNECTED,
                _S.UNHEALTHY,
                _S.RESTARTING,
                _S.STOPPED,
                _S.BLOCKED,
                _S.FAILED,
            }
        ),
        _S.CONNECTED: frozenset(
            {_S.DISCONNECTED, _S.UNHEALTHY, _S.RESTARTING, _S.STOPPED, _S.BLOCKED, _S.FAILED}
        ),
        _S.DISCONNECTED: frozenset(
            {_S.CONNECTED, _S.UNHEALTHY, _S.RESTARTING, _S.STOPPED, _S.BLOCKED, _S.FAILED}
        ),
        _S.UNHEALTHY: frozenset({_S.RESTARTING, _S.STOPPED, _S.BLOCKED, _S.FAILED}),
        _S.RESTARTING: frozenset({_S.SPAWNING, _S.WAITING, _S.STOPPED, _S.BLOCKED, _S.FAILED}),
        _S.STOPPED: frozenset({_S.SPAWNING, _S.WAITING, _S.BLOCKED}),
        _S.BLOCKED: frozenset({_S.SPAWNING, _S.WAITING, _S.STOPPED}),
        _S.FAILED: frozenset({_S.SPAWNING, _S.WAITING, _S.STOPPED, _S.BLOCKED}),
    }
)

WITH_PROCESS: Final = frozenset(
    {_S.SPAWNING, _S.READY, _S.CONNECTED, _S.DISCONNECTED, _S.UNHEALTHY}
)
"""States in which the mesh has a process."""


def may_become(old: MeshState, new: MeshState) -> bool:
    """Say whether a mesh in `old` may go to `new`; staying where it is is always allowed."""
    return old is new or new in TRANSITIONS[old]
