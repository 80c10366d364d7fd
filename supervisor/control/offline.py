"""Requests while no supervisor runs: the same handlers, on what a feature can open then.

Owns which services a handler finds, and the database with its audit log and events, the same for
every feature.  Does not own the lock of the home, which keeps a supervisor
from starting meanwhile (`supervisor.cli.offline`, the only caller), nor what a feature opens
(`Feature.offline`).
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from meshvisor.shared.clock import Clock, SystemClock
from meshvisor.shared.control.request import Request
from meshvisor.shared.control.results import Result
from meshvisor.shared.errors import UsageError
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.load import load_settings
from meshvisor.shared.settings.model import Settings, settings_class
from meshvisor.shared.store.late import LateStore
from meshvisor.supervisor.audit.log import AuditLog, local_actor
from meshvisor.supervisor.control.handling import Call, Handler
from meshvisor.supervisor.control.parsing import request_of
from meshvisor.supervisor.control.registry import by_kind, likely_owners
from meshvisor.supervisor.events.reading import EventReader
from meshvisor.supervisor.services import Services


@dataclass(frozen=True, slots=True)
class OfflineHome:
    """A home that is the caller's alone, and what every feature works on there."""

    home: Home
    settings: Settings
    clock: Clock
    database: LateStore
    audit: AuditLog
    services: Services
    """What requests find; an `AuditLog` and an `EventReader` are there."""
    at_end: AsyncExitStack
    """Closes what a feature has opened, before the database."""


Open = Callable[[OfflineHome], Awaitable[None]]
"""`Feature.offline`: opens what the feature has, and provides it.  Raises a `MeshvisorError` when
that cannot be."""


@dataclass(frozen=True, slots=True)
class OfflineRequest:
    """A request that can be answered without a supervisor."""

    request: Request
    handler: Handler
    open: Open

    async def answer(self, home: Home) -> Any:
        """Return the result as JSON; the caller holds the lock of the home.

        Raises:
            MeshvisorError: it cannot be done.
        """
        async with open_home(home, load_settings(home, os.environ), SystemClock()) as opened:
            await self.open(opened)
            call = Call(local_actor(os.getuid()), opened.services)
            # No stream is answered without a supervisor, for nothing would ever come.
            result = await cast("Any", self.handler.answer(self.request, call))
            return result.model_dump(mode="json") if isinstance(result, Result) else None


@asynccontextmanager
async def open_home(home: Home, settings: Settings, clock: Clock) -> AsyncIterator[OfflineHome]:
    """Yield a home on which no supervisor runs, and close at the end what was opened."""
    services, database = Services(), LateStore(home.database)
    audit = AuditLog(database, clock)
    services.provide(AuditLog, audit)
    services.provide(EventReader, EventReader(database))
    async with AsyncExitStack() as at_end:
        at_end.push_async_callback(database.close)
        yield OfflineHome(home, settings, clock, database, audit, services, at_end)


def prepare(kind: str, arguments: Mapping[str, Any]) -> OfflineRequest | None:
    """Return a request; None: it takes a running supervisor.

    Args:
        kind: the request's `type`.
        arguments: its other fields.

    Raises:
        UsageError: there is no such request, or it is wrong.
    """
    settings_class()  # before the home is locked, so that others wait as shortly as can be
    for feature, handlers in likely_owners(kind):
        found = by_kind(handlers)
        if kind in found:
            handler = found[kind]
            request = request_of(handler, arguments)
            if not handler.offline:
                return None
            opener = _open_kernel if feature is None else feature.load(feature.offline)
            return OfflineRequest(request, handler, opener)
    raise UsageError(f"{kind!r} is no request of this version")


# Private


async def _open_kernel(_opened: OfflineHome) -> None:
    """Open nothing: all that requests of the kernel need is there."""
