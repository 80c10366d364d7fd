"""What a child process is given when it starts.

The zygote builds it after the fork; `--single-process` builds it inside the supervisor.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import msgspec


class ChildStart(msgspec.Struct, frozen=True):
    """The whole world of a child."""

    name: str
    """Mesh id or lane."""
    channel: socket.socket
    """Connected to the supervisor; the child owns it."""
    stamp: Callable[[], None]
    """Writes the child's heartbeat; its event loop calls it every `HEARTBEAT_INTERVAL`."""
    params: dict[str, Any] = msgspec.field(default_factory=dict)
    """JSON of the start model in `shared.protocol.start`."""
    alone: bool = True
    """Whether the child has a process to itself.  If not (`--single-process`), it must leave
    process-wide state (signals, limits, stdout, the logging set-up) as it is."""
    mark: Callable[[int], None] = lambda _value: None
    """Says what the child works on, in a number that it and the supervisor understand."""
    forget: Callable[[], None] = lambda: None
    """Makes `stamp` and `mark` do nothing from now on, in a copy of the child."""
