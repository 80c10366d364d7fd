"""What a playground is started with."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from meshvisor.shared.clock import Clock, SystemClock


def _keep_quiet(_: str) -> None:
    """Say nothing."""


Sleep = Callable[[float], Awaitable[None]]
"""Waits for some seconds; a test passes one of its own."""


@dataclass(frozen=True, slots=True)
class Options:
    """Everything beside the rooms; the defaults suit tests."""

    host: str = "127.0.0.1"
    port: int = 0
    """0: any free one."""
    residents: int = 0
    """Simulated people per room."""
    seed: int = 0
    """Of everything random; the same seed gives the same people with the same habits."""
    walking: bool = False
    """Whether they walk about and tell where they are."""
    prefix: str = "?"
    """What residents begin a command with."""
    duplicates: Literal["reject", "replace"] = "reject"
    """Which of two connections with one peer id is closed with 4000: the new or the old one."""
    token: str | None = None
    """What `Authorization: Bearer` must carry; None: it is not asked for."""
    require_login: bool = False
    """Whether discovery and connects need a token that the login has issued."""
    signing_key: str | None = None
    """What REST requests must be signed with; None: it is not asked for."""
    say: Callable[[str], None] = _keep_quiet
    """Given what people who run the server should read."""
    ping_interval: float = 60.0
    """Seconds between two pings to a peer, as the npm server does it."""
    ping_timeout: float = 10.0
    """Seconds of silence after a ping until the connection is cut, as the npm server does it."""
    sleep: Sleep = field(default=asyncio.sleep)
    """Residents wait with it."""
    clock: Clock = field(default_factory=SystemClock)
