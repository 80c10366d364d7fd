"""The blocklist without a running supervisor: its file is read, changed and written here.

Owns that no supervisor can start meanwhile.  Answers as the control socket does.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from meshvisor.features.blocklist.outcomes import block_by_hand, list_blocked, unblock
from meshvisor.features.blocklist.settings import BlocklistFileSetting
from meshvisor.features.blocklist.supervisor.blocklist import Blocklist
from meshvisor.shared.clock import SystemClock
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.load import load_settings
from meshvisor.supervisor.cli.offline import locked, require


def _list(home: Home) -> Any:
    return list_blocked(_load(home), time.time()).model_dump(mode="json")


def _stats(home: Home) -> Any:
    return _load(home).get_stats().model_dump(mode="json")


def _block(home: Home, mesh_id: str, duration: float | None) -> Any:
    with _changing(home) as blocklist:
        return block_by_hand(blocklist, mesh_id, duration).model_dump(mode="json")


def _unblock(home: Home, mesh_id: str) -> Any:
    with _changing(home) as blocklist:
        return unblock(blocklist, mesh_id).model_dump(mode="json")


OFFLINE: Final[Mapping[str, Callable[..., Any]]] = {
    "blocklist_list": _list,
    "blocklist_stats": _stats,
    "block": _block,
    "unblock": _unblock,
}
"""By the name of the request that does the same in a running supervisor."""


def _load(home: Home) -> Blocklist:
    require(home)
    settings = load_settings(home, os.environ)
    blocklist = Blocklist(
        home.below(settings.of(BlocklistFileSetting).blocklist_persist_path), SystemClock()
    )
    blocklist.load()
    return blocklist


@contextmanager
def _changing(home: Home) -> Iterator[Blocklist]:
    # A supervisor that starts meanwhile would overwrite what is written here with what it read.
    with locked(home):
        blocklist = _load(home)
        yield blocklist
        if not blocklist.save():
            raise MeshvisorError(f"The blocklist could not be saved: {blocklist.problem}.")
