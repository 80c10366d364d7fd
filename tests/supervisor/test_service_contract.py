"""The contract of services, on every service of a supervisor, with real parts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import pytest

from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.paths import Home
from meshvisor.supervisor.service_contract import QuietService, Runner, Service
from tests.stopping import stopping
from tests.supervisor.chain import FORKING, PATIENCE, Chain, Open, again, nothing_more, settle

NAMES: Final = (
    "watchdog",
    "events",
    "directory",
    "blocklist",
    "blocklist file",
    "platform",
    "playground",
    "schedules",
    "notifications",
    "console",
    "statistics",
    "health",
    "cleanup",
    "reports",
    "station",
    "workflows",
    "zygote",
    "checkpoints",
    "restraints",
    "fleet",
    "discovery",
    "heartbeats",
    "status poll",
    "jobs",
    "home",
    "reload",
    "tick",
    "control socket",
)
"""In the order in which they are started."""

every_service = pytest.mark.parametrize("name", [*NAMES, FORKING])

TURNS: Final = (0, 2, 30, *(pytest.param(turns, marks=pytest.mark.long) for turns in (1, 5)))
"""Turns of the loop after which a start is cancelled; the later ones find most services started."""


@pytest.fixture
async def chain(home: Home, request: pytest.FixtureRequest) -> AsyncIterator[Chain]:
    """Return all services; none is started.  The playground is there for tests of itself only."""
    about = request.getfixturevalue("name") if "name" in request.fixturenames else "playground"
    alone = ("playground", "console")
    wanted = alone if "name" not in request.fixturenames else (about,)
    made = Chain(home, programs=[name for name in alone if name in wanted], forks=about == FORKING)
    yield made
    await made.close()


async def running(service: Service) -> asyncio.Task[None]:
    """Run a service and return when it does what it does."""
    task = asyncio.create_task(service.run(), name="the run under test")
    await settle()
    assert not task.done()
    return task


async def end(task: asyncio.Task[None]) -> None:
    """Cancel a run and return when it has ended, which it does by that and nothing else."""
    task.cancel()
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_all_services_are_here(chain: Chain) -> None:
    """Whatever the kernel or a feature brings has to keep the contract, in this order."""
    assert tuple(chain.services) == NAMES


@pytest.fixture
async def before_all() -> Open:
    """Return what was open before there was any service, such as by other tests."""
    return await Open.now()


async def test_making_them_begins_nothing(before_all: Open, chain: Chain) -> None:
    """One that is never started need not be stopped."""
    open_now = await Open.now()
    assert open_now.tasks <= before_all.tasks
    assert open_now.processes <= before_all.processes


@every_service
async def test_a_life(chain: Chain, name: str) -> None:
    """Started, run and stopped it leaves nothing; stopping it again changes nothing."""
    async with chain.before(name) as service:
        before = await Open.now()
        await service.start()
        task = await running(service)
        await end(task)
        await service.stop(stopping())
        await nothing_more(before)
        await service.stop(stopping())
        await nothing_more(before)


@every_service
async def test_stop_before_start(chain: Chain, name: str) -> None:
    """Nothing was begun, so there is nothing to end, however often it is asked for."""
    async with chain.before(name) as service:
        before = await Open.now()
        await service.stop(stopping())
        await service.stop(stopping())
        await nothing_more(before)


@every_service
async def test_a_run_that_is_cancelled(chain: Chain, name: str) -> None:
    """What it began is over, what `start` has opened is not, and it can be run again."""
    async with chain.before(name) as service:
        await service.start()
        started = await Open.now()
        for _ in range(3):
            await end(await running(service))
            await again(started)


@every_service
async def test_a_run_that_is_cancelled_at_once(chain: Chain, name: str) -> None:
    """Also before it has begun."""
    async with chain.before(name) as service:
        await service.start()
        started = await Open.now()
        task = asyncio.create_task(service.run())
        await end(task)
        await again(started)


@every_service
@pytest.mark.parametrize("turns", TURNS)
async def test_a_start_that_is_cancelled(chain: Chain, name: str, turns: int) -> None:
    """It leaves nothing, wherever it was, and may be followed by a stop."""
    async with chain.before(name) as service:
        before = await Open.now()
        task = asyncio.create_task(service.start(), name="the start under test")
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        async with asyncio.timeout(PATIENCE):
            await asyncio.wait((task,))
        if task.cancelled():
            await again(before)
        await service.stop(stopping())
        await nothing_more(before)


@every_service
async def test_configure_at_any_time(chain: Chain, name: str) -> None:
    """Before it is started, while it runs, and twice: it goes on as before."""
    async with chain.before(name) as service:
        service.configure(chain.settings)
        await service.start()
        service.configure(chain.settings)
        task = await running(service)
        service.configure(chain.settings)
        service.configure(chain.settings)
        await settle()
        assert not task.done()
        await end(task)
        service.configure(chain.settings)


@every_service
async def test_a_stop_by_force(chain: Chain, name: str) -> None:
    """Without any time it still returns when everything has ended."""
    async with chain.before(name) as service:
        before = await Open.now()
        await service.start()
        async with asyncio.timeout(PATIENCE):
            await service.stop(stopping(600.0, force=True))
        await nothing_more(before)


# ---- Starts that fail halfway --------------------------------------------------------------------


async def _close_store(chain: Chain) -> None:
    await asyncio.to_thread(chain.store.close)


async def _no_blocklist_to_read(chain: Chain) -> None:
    (chain.home.config / "blocklist.json").mkdir(parents=True)


async def _no_credentials_to_read(chain: Chain) -> None:
    chain.home.credentials_file.mkdir(parents=True)


SABOTAGE: Final[dict[str, Callable[[Chain], Awaitable[None]]]] = {
    "directory": _no_credentials_to_read,
    "blocklist": _no_blocklist_to_read,
    "checkpoints": _close_store,
    "fleet": _close_store,
    "jobs": _close_store,
}


@pytest.mark.parametrize("name", SABOTAGE)
async def test_a_start_that_fails(chain: Chain, name: str) -> None:
    """It leaves nothing, and says in a sentence what is missing."""
    async with chain.before(name) as service:
        await SABOTAGE[name](chain)
        before = await Open.now()
        with pytest.raises(MeshvisorError):
            await service.start()
        await again(before)
        await service.stop(stopping())
        await nothing_more(before)


# ---- What services are built of ------------------------------------------------------------------


async def test_a_quiet_service_does_nothing_until_it_is_cancelled() -> None:
    """A base for services needs no overridden method to keep the contract."""
    service: Service = QuietService()
    await service.start()
    await end(await running(service))
    await service.stop(stopping())


async def test_a_runner_only_runs() -> None:
    """What it is given runs anew each time."""
    runs = 0

    async def run() -> None:
        nonlocal runs
        runs += 1
        await asyncio.get_running_loop().create_future()

    service: Service = Runner(run)
    for expected in (1, 2):
        await end(await running(service))
        assert runs == expected
