"""Every network, one after another, for each test of the suite."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

import meshvisor.worker.mesh.commands.builtin  # noqa: F401 - the registry is never without them
from meshvisor.playground.server import Playground
from meshvisor.shared.paths import Home
from meshvisor.shared.transports import built_in
from meshvisor.worker.mesh.commands.registry import COMMANDS
from tests.transports.network import Network, Stay
from tests.transports.program import ProgramNetwork
from tests.transports.watch_party import WatchPartyNetwork
from tests.worker.supervisor_side import RunningWorker

Start = Callable[..., Awaitable[RunningWorker]]


@asynccontextmanager
async def _watch_party(_folder: Path) -> AsyncIterator[Network]:
    async with Playground(["lobby"]) as playground:
        yield WatchPartyNetwork(playground)


@asynccontextmanager
async def _program(folder: Path) -> AsyncIterator[Network]:
    network = ProgramNetwork(folder)
    await network.open()
    yield network
    await network.close()


NETWORKS = {"watch-party": _watch_party, "program": _program}
"""By the transports' names: one that is built in and not here fails every test."""


@pytest.fixture(params=NETWORKS)
async def network(request: pytest.FixtureRequest, home: Home) -> AsyncIterator[Network]:
    """Return a network."""
    assert NETWORKS.keys() == built_in().keys()
    # The path of a UNIX socket has room for 107 bytes only, and that of a home is short.
    async with NETWORKS[request.param](home.root) as opened:
        yield opened


@pytest.fixture
async def stay(network: Network) -> AsyncIterator[Stay]:
    """Return a transport of it, which has not joined."""
    stay = Stay(network)
    yield stay
    await stay.transport.leave("the test is over", politely=False)


@pytest.fixture
async def start(network: Network) -> AsyncIterator[Start]:
    """Return a function that starts a worker; commands that the test registers are taken back."""
    commands = COMMANDS.snapshot()
    workers: list[RunningWorker] = []

    async def start(**options: Any) -> RunningWorker:
        workers.append(await RunningWorker.start(network.server, **network.params, **options))
        return workers[-1]

    yield start
    for worker in workers:
        await worker.stop()
    COMMANDS.restore(commands)


@pytest.fixture
async def worker(start: Start) -> RunningWorker:
    """Return a worker."""
    return await start()
