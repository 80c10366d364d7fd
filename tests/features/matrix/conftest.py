"""A homeserver that all tests share, and people on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest

from tests.features.matrix.rehearsed import Rehearsed
from tests.homeservers import BOTH
from tests.transports.matrix import People, Relay, people_of


@pytest.fixture(params=BOTH)
def people(request: pytest.FixtureRequest, homeserver: Callable[[str], str]) -> People:
    """Return the accounts of a server."""
    return people_of(homeserver(request.param))


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """Return what people ask with."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def rehearsed(people: People, http: aiohttp.ClientSession) -> AsyncIterator[Rehearsed]:
    """Return one that has not joined."""
    relay = Relay(int(people.url.rpartition(":")[2]))
    await relay.open()
    owner, account = await people.person(http, "owner"), await people.person(http, "bot")
    found = Rehearsed(relay, owner, account, await owner.create())
    yield found
    await found.bot.leave()
    await relay.close()
