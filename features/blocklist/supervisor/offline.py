"""The blocklist while no supervisor runs: its file is read, changed and written at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from meshvisor.features.blocklist.settings import BlocklistFileSetting
from meshvisor.features.blocklist.supervisor.blocklist import Blocklist
from meshvisor.features.blocklist.supervisor.operator_blocklist import (
    OfflineBlocklist,
    OperatorBlocklist,
)
from meshvisor.shared.clock import Clock
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.services import Services


@asynccontextmanager
async def open_offline(
    home: Home, settings: Settings, clock: Clock, services: Services
) -> AsyncIterator[None]:
    """Provide it for requests; see `Feature.offline`.

    Raises:
        MissingError: its file cannot be read.
    """
    blocklist = Blocklist(
        home.below(settings.of(BlocklistFileSetting).blocklist_persist_path), clock
    )
    blocklist.load()
    services.provide(OperatorBlocklist, OfflineBlocklist(blocklist, clock, home.database))
    yield
