"""Programs of the examples, each in the worker of a mesh: set-up for their tests."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from meshvisor.features.program.mesh_settings import ProgramSettings
from meshvisor.shared.protocol.to_worker import Credentials
from meshvisor.shared.secret import Secret
from tests.worker.supervisor_side import RunningWorker

Start = Callable[..., Awaitable[RunningWorker]]
"""Starts a worker of the bot's mesh, with another token than the right one on request."""


@asynccontextmanager
async def bridging(script: Path, options: Mapping[str, str], right: str) -> AsyncIterator[Start]:
    """Yield a function that starts workers, which are stopped at the end.

    Args:
        script: the program, in Python.
        options: what it gets as `options`.
        right: the token of its account.
    """
    workers: list[RunningWorker] = []
    settings = ProgramSettings(command=(sys.executable, str(script)), options=dict(options))

    async def start(token: str = right) -> RunningWorker:
        worker = await RunningWorker.start(
            "",
            transport="program",
            settings=settings.model_dump(mode="json"),
            credentials=Credentials(peer_id="", account="bot", fields={"token": Secret(token)}),
        )
        workers.append(worker)
        return worker

    yield start
    for worker in workers:
        await worker.stop()
