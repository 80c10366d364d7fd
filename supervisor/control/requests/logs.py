"""`logs`: the last log lines, and the new ones for as long as the client stays.

Owns the bound on what may pile up for a client that reads slowly.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Collection, Sequence
from typing import Final

from meshvisor.features.fleet.requests.known_meshes import known_ids
from meshvisor.shared.control.messages import GetLogs
from meshvisor.shared.control.results import LinesDropped, LogLine, LogsLive
from meshvisor.shared.control.unknown_mesh import unknown_mesh
from meshvisor.shared.logs.line import is_of
from meshvisor.supervisor.control.supervisor_api import SupervisorApi

MAX_WAITING: Final = 2000
"""Lines kept for a client that does not read; some megabytes at most.  A terminal that was
paused for a moment misses nothing, one that stays paused gets a count of what it missed."""


async def stream_logs(
    request: GetLogs, supervisor: SupervisorApi
) -> AsyncGenerator[LogLine | LinesDropped | LogsLive, None]:
    """Yield past lines, then with `follow` new ones until the generator is closed.

    Raises:
        UsageError: there is no such mesh, nor anything that it has logged.
    """
    logs = supervisor.logs
    for mesh_id in request.meshes:
        _check(mesh_id, supervisor)
    waiting = _Waiting(frozenset(request.meshes))
    # No await between the two, so no line is missed and none comes twice.
    unsubscribe = logs.subscribe(waiting.put) if request.follow else None
    try:
        for line in _past(request, supervisor):
            yield line
        if unsubscribe is not None and request.mark_live:
            yield LogsLive()
        while unsubscribe is not None:
            yield await waiting.get()
    finally:
        if unsubscribe is not None:
            unsubscribe()


def _past(request: GetLogs, supervisor: SupervisorApi) -> Sequence[LogLine]:
    if not request.lines:
        return ()
    meshes = request.meshes
    if len(meshes) <= 1:
        return supervisor.logs.tail(meshes[0] if meshes else None, request.lines)
    tails = (supervisor.logs.tail(mesh_id, request.lines) for mesh_id in dict.fromkeys(meshes))
    merged = sorted((line for tail in tails for line in tail), key=lambda line: line.ts)
    return merged[-request.lines :]


def _check(mesh_id: str, supervisor: SupervisorApi) -> None:
    # A mesh that is gone may still have left its last words.
    if supervisor.get_process_health(mesh_id) is not None:
        return
    if not supervisor.logs.tail(mesh_id, 1):
        raise unknown_mesh(mesh_id, known_ids(supervisor), everything="no name")


class _Waiting:
    """New lines that the client has not taken yet; the newest ones are dropped when it is full."""

    def __init__(self, mesh_ids: Collection[str]) -> None:
        self._mesh_ids = mesh_ids
        self._lines: deque[LogLine] = deque()
        self._dropped = 0
        self._came = asyncio.Event()

    def put(self, line: LogLine) -> None:
        """Keep a line of the meshes that are followed."""
        if self._mesh_ids and not is_of(self._mesh_ids, line.mesh_id, line.text):
            return
        if len(self._lines) >= MAX_WAITING:
            self._dropped += 1
        else:
            self._lines.append(line)
        self._came.set()

    async def get(self) -> LogLine | LinesDropped:
        """Return the next line, or a count of those that are missing at this place."""
        while not self._lines and not self._dropped:
            self._came.clear()
            await self._came.wait()
        if self._lines:
            return self._lines.popleft()
        dropped, self._dropped = self._dropped, 0
        return LinesDropped(dropped=dropped)
