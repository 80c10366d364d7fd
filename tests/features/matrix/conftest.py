"""A homeserver that all tests share, and people on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from tests.homeservers import require_synapse, shared_synapse
from tests.transports.matrix import People


@pytest.fixture(scope="session")
def synapse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """Return the accounts of a server."""
    require_synapse()
    with shared_synapse(tmp_path_factory) as url:
        yield People(url)


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """Return what people ask with."""
    async with aiohttp.ClientSession() as session:
        yield session
