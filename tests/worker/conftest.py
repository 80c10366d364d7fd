"""Workers and runners in the test's own loop, and registries as they were before a test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest

import meshvisor.worker.mesh.commands.builtin  # noqa: F401 - the registry is never without them
from meshvisor.features.jobs.model import built_in
from meshvisor.features.jobs.worker.actions import ACTIONS
from meshvisor.features.jobs.worker.timings import Timings
from meshvisor.playground.server import Playground
from meshvisor.shared.protocol.from_worker import Connected
from meshvisor.worker.mesh.commands.registry import COMMANDS
from meshvisor.worker.mesh.events import HANDLERS
from tests.features.jobs.worker.lane_side import LaneSide, RunningLane
from tests.worker.supervisor_side import RunningWorker

StartWorker = Callable[..., Awaitable[RunningWorker]]
Connect = Callable[..., Awaitable[RunningWorker]]
StartLane = Callable[..., Awaitable[RunningLane]]


@pytest.fixture(autouse=True)
def _registries_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take back every command, handler and action that the test registers.

    There are no built-in actions meanwhile.
    """
    monkeypatch.setattr(built_in, "_actions", {})
    commands, handlers, actions = COMMANDS.snapshot(), HANDLERS.snapshot(), ACTIONS.snapshot()
    ACTIONS.restore({})  # what plug-ins have left that other tests have loaded in this process
    yield
    COMMANDS.restore(commands)
    HANDLERS.restore(handlers)
    ACTIONS.restore(actions)


@pytest.fixture
async def start_worker() -> AsyncIterator[StartWorker]:
    """Return a function that starts a worker; all are stopped after the test."""
    workers: list[RunningWorker] = []

    async def start(server: str, **options: Any) -> RunningWorker:
        workers.append(await RunningWorker.start(server, **options))
        return workers[-1]

    yield start
    for started in workers:
        await started.stop()


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    """Return a mesh server with the empty room `lobby`."""
    async with Playground(["lobby"]) as server:
        yield server


@pytest.fixture
async def connect(playground: Playground, start_worker: StartWorker) -> Connect:
    """Return a function that starts a worker and waits until it is in the lobby."""

    async def start(**options: Any) -> RunningWorker:
        worker = await start_worker(playground.server, **options)
        await worker.side.expect(Connected)
        await playground.wait_for_peer("lobby")
        return worker

    return start


@pytest.fixture
async def start_lane() -> AsyncIterator[StartLane]:
    """Return a function that starts a job runner; all are stopped after the test."""
    lanes: list[RunningLane] = []

    async def start(timings: Timings | None = None) -> RunningLane:
        lanes.append(await RunningLane.start(timings or Timings()))
        return lanes[-1]

    yield start
    for started in lanes:
        await started.stop()


@pytest.fixture
async def running(start_lane: StartLane) -> RunningLane:
    """Return a job runner."""
    return await start_lane()


@pytest.fixture
def lane(running: RunningLane) -> LaneSide:
    """Return the supervisor's side of that runner."""
    return running.side
