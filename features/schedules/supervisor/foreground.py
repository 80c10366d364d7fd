"""One run of a schedule in the foreground, on a home where no supervisor runs.

Owns the composition: the jobs of a supervisor with their zygote and one runner, without meshes,
console, control socket and timer.  The run has a lane of its own, so that nothing else that waits
is begun.  What it says in a mesh is not said, for no bot is there.  Called by the command line,
which holds the lock of the home.

A process that dies meanwhile leaves an interrupted job, which the next supervisor goes on with.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from meshvisor.features.jobs.supervisor.engine import Lanes
from meshvisor.features.jobs.supervisor.jobs import Jobs, JobsParts
from meshvisor.features.jobs.supervisor.ledger.job import Millis
from meshvisor.features.jobs.supervisor.transaction import Committed, Situation
from meshvisor.features.schedules.results import ScheduleRun
from meshvisor.features.schedules.supervisor import endings
from meshvisor.features.schedules.supervisor.service import ScheduleService
from meshvisor.features.schedules.supervisor.services import ENDS, SUBSCRIBER
from meshvisor.shared.clock import SystemClock
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.events.subscriptions import Batch, Subscription
from meshvisor.shared.heartbeat import HeartbeatTable
from meshvisor.shared.paths import Home
from meshvisor.shared.protocol.to_worker import SendMessage
from meshvisor.shared.protocol.zygote import PluginReport
from meshvisor.shared.settings.kernel import LogSettings, PluginSettings
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.store.store import Store
from meshvisor.shared.strays import become_subreaper
from meshvisor.supervisor.audit.log import AuditLog, local_actor
from meshvisor.supervisor.children.slots import Slots
from meshvisor.supervisor.children.zygote import ZygoteSpawner
from meshvisor.supervisor.children.zygote_start import SharedResources
from meshvisor.supervisor.events.service import EventService
from meshvisor.supervisor.logs.collector import LogCollector
from meshvisor.supervisor.service_contract import Stopping

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


def run_once(wanted: Foreground) -> ScheduleRun:
    """Run a schedule until its job has ended, with all its attempts; return what became of it.

    Raises:
        MeshvisorError: there is no such schedule, its job cannot be, or nothing can be started.
        KeyboardInterrupt: the job is cancelled.
    """
    os.chdir(wanted.home.root)
    become_subreaper()
    resources = SharedResources(str(wanted.home.root))
    try:
        return asyncio.run(_run(wanted, resources))
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


class _Nobody:
    """The rooms and the people of a home without bots."""

    def connected(self) -> Collection[str]:
        """Return no mesh."""
        return ()

    def say(self, notice: SendMessage) -> bool:
        """Say nothing."""
        return False

    async def tell(self, notice: SendMessage) -> bool:
        """Say nothing."""
        return False

    def realm_of(self, mesh_id: str) -> str:
        """Know one network."""
        return ""

    def is_admin(self, user_id: str, mesh_id: str) -> bool:
        """Know nobody."""
        return False

    def is_owner(self, user_id: str, mesh_id: str) -> bool:
        """Know nobody."""
        return False


class _Spawner(ZygoteSpawner):
    """One that tells when the plug-ins are loaded."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.loaded = asyncio.Event()

    def on_plugins(self, tell: Callable[[tuple[PluginReport, ...]], None]) -> None:
        """Have `tell` called, and note it."""

        def told(reports: tuple[PluginReport, ...]) -> None:
            tell(reports)
            self.loaded.set()

        super().on_plugins(told)


async def _run(wanted: Foreground, resources: SharedResources) -> ScheduleRun:
    lane = f"run-{os.getpid()}"
    actor = local_actor(os.getuid())
    ended: asyncio.Queue[str] = asyncio.Queue()
    async with _jobs(wanted, resources, lane, ended) as (jobs, audit):
        clock = SystemClock()
        service = ScheduleService(jobs.service, audit, clock, wanted.settings, lambda: None)
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
async def _jobs(
    wanted: Foreground, resources: SharedResources, lane: str, ended: asyncio.Queue[str]
) -> AsyncIterator[tuple[Jobs, AuditLog]]:
    """Run jobs of one lane; put the names of schedules of which a job has ended into a queue."""
    settings, clock, nobody = wanted.settings, SystemClock(), _Nobody()
    logs = LogCollector(wanted.home.logs, settings.of(LogSettings), clock, wanted.show)
    heartbeats = HeartbeatTable(resources.heartbeats)
    store = Store.open(wanted.home.database)
    spawner = _Spawner(resources, settings.of(PluginSettings).modules, logs.attach)
    audit = AuditLog(store, clock)
    parts = JobsParts(
        store=store,
        audit=audit,
        spawner=spawner,
        heartbeats=heartbeats,
        slots=Slots(),
        clock=clock,
        rooms=nobody,
        people=nobody,
        attach_log=logs.attach,
    )
    jobs = Jobs(settings, parts)
    jobs.engine.serve(_OneLane(jobs.lanes, lane))
    events = EventService(store, settings, clock)
    tell = partial(_take_in, ended)
    events.subscriptions.add(Subscription(SUBSCRIBER, tell, (ENDS,), from_the_beginning=True))
    stopping = Stopping(STOP_TIMEOUT, asyncio.Event())
    try:
        await spawner.start()
        await _loaded(spawner)
        await events.start()
        await jobs.start()
        keeper = asyncio.create_task(jobs.run(), name="jobs")
        try:
            yield jobs, audit
        finally:
            keeper.cancel()
            await asyncio.wait((keeper,))
            await jobs.stop(stopping)
            await events.stop(stopping)
    finally:
        await spawner.stop(stopping)
        await asyncio.to_thread(store.close)
        heartbeats.close()
        logs.close()


async def _loaded(spawner: _Spawner) -> None:
    try:
        async with asyncio.timeout(START_TIMEOUT):
            await spawner.loaded.wait()
    except TimeoutError:
        raise MeshvisorError(
            f"the plug-ins are not loaded after {START_TIMEOUT:g} s; meshvisor logs zygote says why"
        ) from None


async def _take_in(ended: asyncio.Queue[str], batch: Batch) -> None:
    names = await batch.save(lambda db: endings.note_ends(db, batch.events))
    for name in names:
        ended.put_nowait(name)
