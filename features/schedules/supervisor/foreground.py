"""One run of a schedule in the foreground, on a home where no supervisor runs.

Owns the composition: the jobs of a supervisor with their zygote, one runner and the control socket,
at which built-in actions have done what they do not do themselves; without meshes, console and
timer.  The run has a lane of its own, so that nothing else that waits is begun.  What it says in a
mesh is not said, for no bot is there.  Called by the command line, which holds the lock of the
home.

A process that dies meanwhile leaves an interrupted job, which the next supervisor goes on with.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

from msgspec.structs import replace

from meshvisor.features.jobs.model.job import lane_of_one_run
from meshvisor.features.jobs.supervisor.engine import Lanes
from meshvisor.features.jobs.supervisor.jobs import Jobs
from meshvisor.features.jobs.supervisor.ledger.job import Millis
from meshvisor.features.jobs.supervisor.transaction import Committed, Situation
from meshvisor.features.schedules.results import ScheduleRun
from meshvisor.features.schedules.supervisor.service import ScheduleService
from meshvisor.features.schedules.supervisor.services import Schedules
from meshvisor.shared.clock import SystemClock
from meshvisor.shared.control.results import ReloadReport, SkippedPlugin
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.feature import parts
from meshvisor.shared.home_lock import HomeLock
from meshvisor.shared.paths import Home
from meshvisor.shared.run_options import RunOptions
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.strays import become_subreaper
from meshvisor.supervisor.audit.log import local_actor
from meshvisor.supervisor.children.spawner import in_answers
from meshvisor.supervisor.children.zygote_start import EarlyStart, SharedResources
from meshvisor.supervisor.composition import make_kernel, offer
from meshvisor.supervisor.control.server import ControlServer
from meshvisor.supervisor.kernel import Kernel
from meshvisor.supervisor.service_contract import ForOneRun, Service, Stopping
from meshvisor.supervisor.service_group import ServiceGroup

S = TypeVar("S")

START_TIMEOUT: Final = 60.0
"""Seconds until the plug-ins are loaded; those of the slowest machine take a tenth of it."""

STOP_TIMEOUT: Final = 10.0
"""Seconds that an action has to end after Ctrl+C."""


@dataclass(frozen=True, slots=True)
class Foreground:
    """What is run, and where."""

    home: Home
    settings: Settings
    name: str
    """Of the schedule."""
    dry_run: bool
    show: Callable[[str], None]
    """Shows a line of the log."""


def run_once(wanted: Foreground, lock: HomeLock) -> ScheduleRun:
    """Run a schedule until its job has ended, with all its attempts; return what became of it.

    Raises:
        MeshvisorError: there is no such schedule, its job cannot be, nothing can be started, or
            `meshvisor shutdown` has cancelled the job.
        KeyboardInterrupt: the job is cancelled.
    """
    os.chdir(wanted.home.root)
    become_subreaper()
    resources = SharedResources(str(wanted.home.root))
    try:
        return asyncio.run(_run(wanted, EarlyStart(lock, resources, None)))
    except asyncio.CancelledError:
        raise MeshvisorError("the run was cancelled by 'meshvisor shutdown'") from None
    finally:
        resources.close()


# Private


@dataclass(slots=True)
class _OneLane:
    """Implements `engine.Lanes` by others, of which only one lane is served."""

    lanes: Lanes
    name: str

    def situation(self, now: Millis) -> Situation:
        """Return it without the other lanes."""
        found = self.lanes.situation(now)
        return replace(found, lanes=tuple(one for one in found.lanes if one.name == self.name))

    def running(self) -> dict[int, int]:
        """Pass it on."""
        return self.lanes.running()

    def hold(self) -> None:
        """Pass it on."""
        self.lanes.hold()

    def committed(self, outcome: Committed) -> None:
        """Pass it on, as if nothing waited in other lanes."""
        outcome.lanes &= {self.name}
        self.lanes.committed(outcome)


class _Life:
    """Implements `supervisor.life.Life` for requests that come during the run."""

    state = "running a schedule"

    def __init__(self, kernel: Kernel, run: asyncio.Task[object] | None) -> None:
        self.started_at = kernel.clock.monotonic()
        self._kernel = kernel
        self._run = run

    @property
    def skipped_plugins(self) -> tuple[SkippedPlugin, ...]:
        """Return those of the zygote."""
        return in_answers(self._kernel.spawner.skipped)

    def refuse_while_stopping(self) -> None:
        """Refuse nothing."""

    async def reload(self) -> ReloadReport:
        """Refuse it."""
        raise MeshvisorError("no supervisor runs, only a schedule in the foreground; wait for it")

    def request_shutdown(self, reason: str, *, insists: bool) -> None:
        """Cancel the run."""
        if self._run is not None:
            self._run.cancel()


async def _run(wanted: Foreground, start: EarlyStart) -> ScheduleRun:
    lane = lane_of_one_run(os.getpid())
    actor = local_actor(os.getuid())
    ended: asyncio.Queue[str] = asyncio.Queue()
    async with _schedules(wanted, start, lane, ended) as service:
        started = await service.start(
            wanted.name, actor, dry_run=wanted.dry_run, lane=lane, kind="run"
        )
        try:
            return await _until_ended(service, wanted.name, started.job_id, ended)
        except asyncio.CancelledError:
            await service.stop(wanted.name, actor)
            raise


async def _until_ended(
    service: ScheduleService, name: str, job_id: int, ended: asyncio.Queue[str]
) -> ScheduleRun:
    while True:
        if await ended.get() == name:
            for run in (await service.history(name, None, 100)).runs:
                if run.job_id == job_id and run.is_over:
                    return run


@asynccontextmanager
async def _schedules(
    wanted: Foreground, start: EarlyStart, lane: str, ended: asyncio.Queue[str]
) -> AsyncIterator[ScheduleService]:
    """Run what a job needs of a supervisor.

    Args:
        wanted: what is run.
        start: the lock, and what children share.
        lane: the only one of which jobs are begun.
        ended: is given the names of schedules of which a job has ended.
    """
    options = RunOptions(wanted.home, no_console=True)
    kernel = make_kernel(options, wanted.settings, start, SystemClock(), wanted.show)
    try:
        offer(kernel, _Life(kernel, asyncio.current_task()))
        made: dict[str, Service] = {}
        for _, make in parts("services"):
            made.update(make(kernel))
        jobs, schedules = _one(made, Jobs), _one(made, Schedules)
        jobs.engine.serve(_OneLane(jobs.lanes, lane))
        schedules.listen(ended.put_nowait)
        async with _running(_group(kernel, made)):
            await _loaded(jobs)
            yield kernel.services.need(ScheduleService)
    finally:
        await kernel.close()
        kernel.logs.close()


def _one(made: Mapping[str, Service], kind: type[S]) -> S:
    """Return the service of a kind."""
    return next(one for one in made.values() if isinstance(one, kind))


def _group(kernel: Kernel, made: Mapping[str, Service]) -> ServiceGroup:
    """Return the services that run; the others answer requests as if nothing had happened yet."""
    control = ControlServer(kernel.home.control_socket, kernel.services)
    served = {name: one for name, one in made.items() if isinstance(one, ForOneRun)}
    return ServiceGroup(
        {"events": kernel.events, "zygote": kernel.spawner, "control socket": control, **served},
        starts_last="control socket",
    )


@asynccontextmanager
async def _running(group: ServiceGroup) -> AsyncIterator[None]:
    over = asyncio.Event()
    try:
        await group.start()
        duties = asyncio.create_task(group.run(over), name="services")
        try:
            yield
        finally:
            over.set()
            await asyncio.wait((duties,))
    finally:
        await group.stop(Stopping(STOP_TIMEOUT, asyncio.Event()))


async def _loaded(jobs: Jobs) -> None:
    try:
        async with asyncio.timeout(START_TIMEOUT):
            await jobs.service.loaded.wait()
    except TimeoutError:
        raise MeshvisorError(
            f"the plug-ins are not loaded after {START_TIMEOUT:g} s; meshvisor logs zygote says why"
        ) from None
