"""Every network, one after another, for each test of the suite."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

import meshvisor.worker.mesh.commands.builtin  # noqa: F401 - the registry is never without them
from meshvisor.playground.server import Playground
from meshvisor.shared.paths import Home
from meshvisor.shared.transports import built_in
from meshvisor.worker.mesh.commands.registry import COMMANDS
from tests.inspircd import Inspircd
from tests.irc_servers import Server, free_port
from tests.programs import INSPIRCD, NGIRCD, require
from tests.transports.irc import Client, IrcNetwork, TaggedIrcNetwork
from tests.transports.matrix import MatrixNetwork, People, people_of
from tests.transports.meshtastic import RadioNetwork
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


@asynccontextmanager
async def _ngircd(folder: Path) -> AsyncIterator[Network]:
    require(NGIRCD)
    async with Server.run(folder, free_port()) as server:

        async def vouch(client: Client, user: str) -> str:
            await server.vouch(client.nick, f"account{user}")
            client.send(f"WHOIS {client.nick}")
            await client.expect(lambda line: line.command == "330")
            return f"account{user}"

        network = IrcNetwork(server.port, vouch, itertools.count())
        await network.open()
        yield network
        await network.close()


@asynccontextmanager
async def _inspircd(port: int) -> AsyncIterator[Network]:
    network = TaggedIrcNetwork(port, _register, _NICKS)
    await network.open()
    yield network
    await network.close()


@asynccontextmanager
async def _matrix(people: People) -> AsyncIterator[Network]:
    network = MatrixNetwork(people)
    await network.open()
    yield network
    await network.close()


_NICKS = itertools.count()


async def _register(client: Client, _user: str) -> str:
    client.send(f"PRIVMSG NickServ :REGISTER secret {client.nick}@test.local")
    await client.expect(lambda line: line.command == "900")
    return client.nick


@asynccontextmanager
async def _meshtastic(_folder: Path) -> AsyncIterator[Network]:
    network = RadioNetwork()
    await network.open()
    yield network
    await network.close()


NETWORKS = {
    "watch-party": _watch_party,
    "program": _program,
    "irc-ngircd": _ngircd,
    "meshtastic": _meshtastic,
}
"""By the transports' names, with that of a server where there are several: one that is built in and
not here fails every test."""

SHARED_INSPIRCD = "irc-inspircd"
SYNAPSE = "matrix-synapse"
DENDRITE = "matrix-dendrite"
SHARED = (SHARED_INSPIRCD, SYNAPSE)
"""Further ones, whose servers all tests share: they take a second to start, or more."""


@pytest.fixture(scope="session")
def inspircd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inspircd]:
    """Run one for all tests, which leave nothing in it but accounts."""
    require(INSPIRCD)
    server = Inspircd(tmp_path_factory.mktemp("inspircd"))
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(params=[*NETWORKS, *SHARED, pytest.param(DENDRITE, marks=pytest.mark.long)])
async def network(request: pytest.FixtureRequest, home: Home) -> AsyncIterator[Network]:
    """Return a network."""
    names = (*NETWORKS, *SHARED)
    covered = {next(kind for kind in built_in() if name.startswith(kind)) for name in names}
    assert covered == built_in().keys()
    if request.param == SHARED_INSPIRCD:
        opening = _inspircd(request.getfixturevalue("inspircd").port)
    elif request.param in {SYNAPSE, DENDRITE}:
        server = request.param.removeprefix("matrix-")
        opening = _matrix(people_of(request.getfixturevalue("homeserver")(server)))
    else:
        # The path of a UNIX socket has room for 107 bytes only, and that of a home is short.
        opening = NETWORKS[request.param](home.root)
    async with opening as opened:
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
