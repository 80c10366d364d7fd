"""The blocklist while no supervisor runs: its file is read, changed and written at once."""

from __future__ import annotations

from meshvisor.features.blocklist.settings import BlocklistFileSetting
from meshvisor.features.blocklist.supervisor.blocklist import Blocklist
from meshvisor.features.blocklist.supervisor.operator_blocklist import (
    OfflineBlocklist,
    OperatorBlocklist,
)
from meshvisor.supervisor.control.offline import OfflineHome


async def open_offline(opened: OfflineHome) -> None:
    """Provide it for requests; see `Feature.offline`.

    Raises:
        MissingError: its file cannot be read.
    """
    path = opened.settings.of(BlocklistFileSetting).blocklist_persist_path
    blocklist = Blocklist(opened.home.below(path), opened.clock)
    blocklist.load()
    opened.services.provide(
        OperatorBlocklist, OfflineBlocklist(blocklist, opened.clock, opened.database)
    )
