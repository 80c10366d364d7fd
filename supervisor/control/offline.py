"""Requests while no supervisor runs: the same handlers, on what a feature can open then.

Owns which services a handler finds.  Does not own the lock of the home, which keeps a supervisor
from starting meanwhile (`supervisor.cli.offline`, the only caller), nor what a feature opens
(`Feature.offline`).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from meshvisor.shared.clock import Clock, SystemClock
from meshvisor.shared.control.request import Request
from meshvisor.shared.control.results import Result
from meshvisor.shared.errors import UsageError
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.load import load_settings
from meshvisor.shared.settings.model import Settings, settings_class
from meshvisor.supervisor.audit.log import local_actor
from meshvisor.supervisor.control.handling import Call, Handler
from meshvisor.supervisor.control.parsing import request_of
from meshvisor.supervisor.control.registry import by_kind, likely_owners
from meshvisor.supervisor.services import Services

Open = Callable[[Home, Settings, Clock, Services], AbstractAsyncContextManager[None]]
"""`Feature.offline`: opens what the feature has on a home that is the caller's alone, provides it,
and closes it at the end.  Raises a `MeshvisorError` when that cannot be."""


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
        services = Services()
        call = Call(local_actor(os.getuid()), services)
        async with self.open(home, load_settings(home, os.environ), SystemClock(), services):
            # No stream is answered without a supervisor, for nothing would ever come.
            result = await cast("Any", self.handler.answer(self.request, call))
            return result.model_dump(mode="json") if isinstance(result, Result) else None


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


@asynccontextmanager
async def _open_kernel(
    home: Home, _settings: Settings, clock: Clock, services: Services
) -> AsyncIterator[None]:
    # Not before they are needed: most requests are about a feature.
    from meshvisor.shared.store.store import Store
    from meshvisor.supervisor.audit.log import AuditLog
    from meshvisor.supervisor.events.reading import EventReader

    store = await asyncio.to_thread(Store.open, home.database)
    try:
        services.provide(AuditLog, AuditLog(store, clock))
        services.provide(EventReader, EventReader(store))
        yield
    finally:
        await asyncio.to_thread(store.close)
