"""What the playground's tests have in common."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from meshvisor.playground.server import Playground


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    """Return a playground with the rooms lobby and cinema and no residents."""
    async with Playground(2) as running:
        yield running
