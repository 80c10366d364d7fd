"""A mesh server in the test's own loop, and a fleet that is gone after the test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.paths import Home
from tests.fleet import Fleet, server_settings


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    """Return a mesh server with three empty rooms."""
    async with Playground(3) as server:
        yield server


@pytest.fixture
async def fleet(home: Home, playground: Playground) -> AsyncIterator[Fleet]:
    """Return a fleet of its rooms that looks into the database often; not started."""
    made = Fleet(home, server_settings(playground, database={"poll_interval": 0.05}))
    yield made
    await made.close()
