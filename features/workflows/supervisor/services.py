"""What workflows run in the supervisor: the keeper of their engine, and its link.

Owns the composition.  Nothing of a definition is compiled or matched here: that is the engine's.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from meshvisor.features.workflows.model.triggers import kinds_of
from meshvisor.features.workflows.settings import WorkflowSettings
from meshvisor.features.workflows.supervisor import definitions
from meshvisor.features.workflows.supervisor.acting import Acting
from meshvisor.features.workflows.supervisor.definitions import QUERIES
from meshvisor.features.workflows.supervisor.keeper import engine
from meshvisor.features.workflows.supervisor.reading import Executions
from meshvisor.features.workflows.supervisor.relay import Relay
from meshvisor.features.workflows.supervisor.reports import Reports
from meshvisor.features.workflows.supervisor.rights import Rights
from meshvisor.features.workflows.supervisor.service import WorkflowService
from meshvisor.features.workflows.supervisor.templates import Templates
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.events.interests import Interests
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.children.kept_program import KeptProgram
from meshvisor.supervisor.cleanup_tasks import CleanupTask
from meshvisor.supervisor.kernel import Kernel
from meshvisor.supervisor.reporting import Reporter
from meshvisor.supervisor.service_contract import QuietService, Service, Stopping

DATABASE: Final = "workflows.db"
"""Below `var`: what the engine knows."""
EFFECTS_KEPT_DAYS: Final = 30.0
"""Days after which no crash repeats a request any more."""
ALIVE_EVERY: Final = 5.0
"""Seconds between two questions whether the engine answers."""
ALIVE_WITHIN: Final = 15.0
"""Seconds that it has to answer; one that does not hangs, and is started anew."""


def make(kernel: Kernel) -> Mapping[str, Service]:
    """Make them; `Feature.services`."""
    rights = Rights(kernel.services, kernel.clock)
    interest = Interest(kernel.store, kernel.events.subscriptions.interests)
    relay = Relay(kernel.events.subscriptions)

    def changed() -> None:
        interest.changed()
        relay.needed.set()

    service = WorkflowService(kernel.store, kernel.audit, kernel.clock, rights, changed)
    kernel.services.provide(WorkflowService, service)
    executions = Executions(kernel.home.var / DATABASE)
    kernel.services.provide(Executions, executions)
    kernel.cleanup.databases.append(DATABASE)
    kernel.services.provide(Templates, Templates(service, kernel.clock))
    kernel.services.provide(Relay, relay)
    kernel.services.provide(Acting, Acting(kernel.store, kernel.services, kernel.clock, rights))
    kernel.services.provide(Reports, Reports(kernel.store))
    kernel.cleanup.add(
        CleanupTask(
            name="workflow-effects",
            what="notes about requests of workflows",
            keep_days=lambda _settings: EFFECTS_KEPT_DAYS,
            count=lambda db, before: int(
                db.execute(QUERIES["outdated_effects"], (before,)).fetchone()[0]
            ),
            remove=lambda before, limit: kernel.store.write(
                lambda db: db.execute(QUERIES["remove_effects"], (before, limit)).rowcount
            ),
        )
    )
    settings = kernel.settings.of(WorkflowSettings)
    if not settings.enabled:
        return {}
    subscriptions = kernel.events.subscriptions
    keeper = engine(
        kernel.home.root,
        settings.keep_executions_days,
        lambda: subscriptions.last,
        kernel.logs.attach,
        relay.ended,
    )
    workflows = Workflows(keeper, relay, interest, kernel.home.var / DATABASE)
    kernel.reporting.add(workflows)
    kernel.events.readers.append(executions.cursor)
    return {"workflows": workflows}


class Interest:
    """Has the kinds of events recorded that active workflows want, with an engine or without.

    What users say is an event only while a subscriber wants it: nothing of it is to be missed while
    the engine is started again.
    """

    def __init__(self, store: Store, interests: Interests) -> None:
        self._store = store
        self._interests = interests
        self._held: frozenset[str] = frozenset()
        self._news = asyncio.Event()
        self._news.set()

    def changed(self) -> None:
        """Look again soon."""
        self._news.set()

    async def run(self) -> None:
        """Follow the definitions, for ever."""
        while True:
            await self._news.wait()
            self._news.clear()
            wanted = await self._store.read(_wanted)
            self._interests.add(wanted - self._held)
            self._interests.remove(self._held - wanted)
            self._held = wanted

    def forget(self) -> None:
        """Want nothing any more."""
        self._interests.remove(self._held)
        self._held = frozenset()


class Workflows(QuietService, Reporter):
    """The engine as a service."""

    def __init__(
        self,
        keeper: KeptProgram,
        relay: Relay,
        interest: Interest,
        database: Path,
    ) -> None:
        self._database = database
        self._keeper = keeper
        self._relay = relay
        self._interest = interest

    async def run(self) -> None:
        """Keep the engine, and see that it answers."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep(), name="keep the engine of workflows")
            group.create_task(self._interest.run(), name="kinds that workflows want")
            group.create_task(self._watch(), name="watch the engine of workflows")

    async def stop(self, stopping: Stopping) -> None:
        """End it."""
        self._interest.forget()
        await self._keeper.stop(stopping.force)

    def problems(self) -> Iterable[str]:
        """Return why it does not run."""
        return () if self._keeper.problem is None else (self._keeper.problem,)

    def supervisor_fields(self) -> Mapping[str, Any]:
        """Return how it is."""
        process = self._keeper.process
        pid = None if process is None else process.pid
        return {"workflows": {"pid": pid, "linked": self._relay.is_linked}}

    async def _keep(self) -> None:
        # A fleet without workflows has no process for them.
        if not self._database.exists():
            await self._relay.needed.wait()
        await self._keeper.keep()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(ALIVE_EVERY)
            if not self._relay.is_linked or self._keeper.process is None:
                continue
            try:
                await self._relay.ask("alive", timeout=ALIVE_WITHIN)
            except MeshvisorError:
                if self._relay.is_linked:
                    self._keeper.kill(f"it has not answered for {ALIVE_WITHIN:g} s")


def _wanted(db: sqlite3.Connection) -> frozenset[str]:
    return frozenset(
        kind
        for row in definitions.active(db)
        for trigger in row.document["triggers"]
        if trigger.get("is_active", True)
        for kind in kinds_of(trigger["type"], trigger.get("config", {}))
    )
