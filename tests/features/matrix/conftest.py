"""A homeserver that all tests share, and people on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest

from tests.homeservers import BOTH
from tests.transports.matrix import People, people_of


@pytest.fixture(params=BOTH)
def people(request: pytest.FixtureRequest, homeserver: Callable[[str], str]) -> People:
    """Return the accounts of a server."""
    return people_of(homeserver(request.param))


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """Return what people ask with."""
    async with aiohttp.ClientSession() as session:
        yield session
