"""`logs`: the last log lines, and the new ones for as long as the client stays.

Owns the bound on what may pile up for a client that reads slowly.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Collection, Sequence
from typing import Final, Literal

from pydantic import Field

from meshvisor.shared.control.request import MeshId, Request
from meshvisor.shared.control.results import LinesDropped, LogLine, LogsLive
from meshvisor.shared.control.unknown_mesh import unknown_mesh
from meshvisor.shared.logs.line import is_of
from meshvisor.supervisor.control.handling import Call, handles
from meshvisor.supervisor.life import KnownMeshes
from meshvisor.supervisor.logs.collector import LogCollector

MAX_LINES: Final = 100_000
"""Log lines of one request; as many as the settings allow to be kept in memory."""

MAX_WAITING: Final = 2000
"""Lines kept for a client that does not read; some megabytes at most.  A terminal that was
paused for a moment misses nothing, one that stays paused gets a count of what it missed."""


class GetLogs(Request):
    """Stream the last log lines, and with `follow` all later ones until the client leaves."""

    type: Literal["logs"] = "logs"
    mesh_id: MeshId | None = None
    """None: all meshes, merged."""
    mesh_ids: tuple[MeshId, ...] = ()
    """Several of them, merged, instead of `mesh_id`."""
    lines: int = Field(20, ge=0, le=MAX_LINES)
    """How many of the past."""
    follow: bool = False
    mark_live: bool = False
    """With `follow`: have an event say where the past ends and the present begins."""

    @property
    def meshes(self) -> tuple[str, ...]:
        """The meshes that are named; none: all."""
        return self.mesh_ids or (() if self.mesh_id is None else (self.mesh_id,))


@handles(GetLogs)
async def stream_logs(
    request: GetLogs, call: Call
) -> AsyncGenerator[LogLine | LinesDropped | LogsLive, None]:
    """Yield past lines, then with `follow` new ones until the generator is closed.

    Raises:
        UsageError: there is no such mesh, nor anything that it has logged.
    """
    logs = call.need(LogCollector)
    for mesh_id in request.meshes:
        _check(mesh_id, logs, call.find(KnownMeshes))
    waiting = _Waiting(frozenset(request.meshes))
    # No await between the two, so no line is missed and none comes twice.
    unsubscribe = logs.subscribe(waiting.put) if request.follow else None
    try:
        for line in _past(request, logs):
            yield line
        if unsubscribe is not None and request.mark_live:
            yield LogsLive()
        while unsubscribe is not None:
            yield await waiting.get()
    finally:
        if unsubscribe is not None:
            unsubscribe()


# Private


def _past(request: GetLogs, logs: LogCollector) -> Sequence[LogLine]:
    if not request.lines:
        return ()
    meshes = request.meshes
    if len(meshes) <= 1:
        return logs.tail(meshes[0] if meshes else None, request.lines)
    tails = (logs.tail(mesh_id, request.lines) for mesh_id in dict.fromkeys(meshes))
    merged = sorted((line for tail in tails for line in tail), key=lambda line: line.ts)
    return merged[-request.lines :]


def _check(mesh_id: str, logs: LogCollector, known: KnownMeshes | None) -> None:
    # A mesh that is gone may still have left its last words.
    if (known is not None and mesh_id in known) or logs.tail(mesh_id, 1):
        return
    raise unknown_mesh(mesh_id, known.mesh_ids() if known else (), everything="no name")


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
