"""Ways to stop a service."""

from __future__ import annotations

import asyncio

from meshvisor.supervisor.service_contract import Stopping


def stopping(timeout: float = 5.0, *, force: bool = False) -> Stopping:
    """Return a way to stop, which is not forced unless it is asked for."""
    asked = asyncio.Event()
    if force:
        asked.set()
    return Stopping(timeout, asked)
