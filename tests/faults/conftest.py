"""A mesh server in the test's own loop, and fleets that are gone after the test."""

from __future__ import annotations

import resource
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.paths import Home
from tests.fleet import Fleet, server_settings

MakeFleet = Callable[..., Fleet]
StartFleet = Callable[..., Awaitable[Fleet]]


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    """Return a mesh server with the empty rooms lobby and cinema."""
    async with Playground(2) as server:
        yield server


@pytest.fixture
async def make_fleet(home: Home, playground: Playground) -> AsyncIterator[MakeFleet]:
    """Return a function that makes a fleet of the playground's rooms without starting it.

    Its arguments are sections of the settings, and `plugin`: the code of one.
    """
    made: list[Fleet] = []

    def make(plugin: str = "", **sections: Any) -> Fleet:
        fleet = Fleet(home, server_settings(playground, **sections))
        if plugin:
            fleet.write_plugin("plugin", plugin)
        made.append(fleet)
        return fleet

    yield make
    for fleet in made:
        await fleet.close()


@pytest.fixture
def start_fleet(make_fleet: MakeFleet) -> StartFleet:
    """Return a function that makes a fleet and starts it."""

    async def start(plugin: str = "", **sections: Any) -> Fleet:
        fleet = make_fleet(plugin, **sections)
        await fleet.start()
        return fleet

    return start


@contextmanager
def full_disk(fleet: Fleet) -> Iterator[None]:
    """Let no file of the supervisor grow, as on a full disk."""
    soft, hard = resource.prlimit(fleet.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(fleet.pid, resource.RLIMIT_FSIZE, (0, hard))
    yield
    resource.prlimit(fleet.pid, resource.RLIMIT_FSIZE, (soft, hard))
