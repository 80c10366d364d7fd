"""What a runner asks of its loop."""

from __future__ import annotations

import asyncio
import weakref
from typing import Any

import pytest

from tests.worker.conftest import (
    _registries_as_before,
    connect,
    lane,
    playground,
    running,
    start_lane,
    start_worker,
)

Timers = list[weakref.ref[asyncio.TimerHandle]]


@pytest.fixture
async def timers(monkeypatch: pytest.MonkeyPatch) -> Timers:
    """Return all timers that are set from now on."""
    found: Timers = []
    loop = asyncio.get_running_loop()
    call_later = loop.call_later

    def note(delay: float, *arguments: Any) -> asyncio.TimerHandle:
        timer = call_later(delay, *arguments)
        found.append(weakref.ref(timer))
        return timer

    monkeypatch.setattr(loop, "call_later", note)
    return found


__all__ = [
    "_registries_as_before",
    "connect",
    "lane",
    "playground",
    "running",
    "start_lane",
    "start_worker",
]
