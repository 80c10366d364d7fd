"""Workers as tasks of the supervisor's own process, for debugging (`--single-process`).

The same worker code on the same channel, so a debugger, a profiler or a print reaches all of it.
What processes are for is lost: a worker that blocks the loop blocks everything.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import importlib
import logging
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from meshvisor.shared.heartbeat import HeartbeatTable
from meshvisor.shared.logs.current import MESH
from meshvisor.shared.model.exits import ChildExit, ExitCause
from meshvisor.shared.protocol.zygote import PluginReport
from meshvisor.supervisor.children.spawner import (
    Child,
    Renewal,
    SkippedPlugin,
    SpawnOrder,
    report_loaded,
    report_skipped,
)
from meshvisor.supervisor.service_contract import QuietService, Stopping

log = logging.getLogger(__name__)

_DEADLY: Final = frozenset({signal.SIGTERM, signal.SIGKILL})


class InProcessSpawner(QuietService):
    """Runs children as tasks.

    Args:
        home: the home folder; plug-ins are loaded from below it.
        plugins: modules named in the settings.
        heartbeats: where the tasks stamp.
    """

    def __init__(self, home: Path, plugins: tuple[str, ...], heartbeats: HeartbeatTable) -> None:
        self._home = home
        self._modules = plugins
        self._heartbeats = heartbeats
        self._reports: dict[Any, PluginReport] = {}
        """By the source of the plug-in."""
        self._tasks: set[asyncio.Task[int]] = set()
        self._on_plugins: Callable[[tuple[PluginReport, ...]], None] = lambda reports: None

    @property
    def plugins(self) -> tuple[PluginReport, ...]:
        """How the loading of the plug-ins went."""
        return tuple(self._reports.values())

    @property
    def skipped(self) -> tuple[SkippedPlugin, ...]:
        """Plug-ins that could not be loaded."""
        return tuple(SkippedPlugin(report) for report in self.plugins if not report.ok)

    async def start(self) -> None:
        """Load the plug-ins that are not loaded yet."""
        self._load()

    def _load(self) -> bool:
        """Load what is not loaded yet; False: nothing came of it."""
        loader = _loader()
        loaded = {source for source, report in self._reports.items() if report.ok}
        found = loader.watch(self._modules, self._home / "config" / "plugins")
        # A second import of a file would collide with the commands of the first.
        new = {source: loader.load_one(source) for source in found if source not in loaded}
        kept = {s: r for s, r in self._reports.items() if r.ok or s in found}
        self._reports = kept | new
        report_loaded(new.values())
        report_skipped(SkippedPlugin(report) for report in new.values() if not report.ok)
        self._on_plugins(self.plugins)
        return any(report.ok for report in new.values())

    async def spawn(self, order: SpawnOrder) -> Child:
        """Start a child as a task."""
        module: Any = importlib.import_module(order.entry.partition(":")[0])
        start_type: Any = importlib.import_module("meshvisor.worker.child.start").ChildStart
        ours, theirs = socket.socketpair()
        loop = asyncio.get_running_loop()
        exited: asyncio.Future[ExitCause] = loop.create_future()
        start = start_type(
            name=order.name,
            channel=theirs,
            stamp=lambda: self._heartbeats.stamp(order.slot),
            mark=lambda value: self._heartbeats.mark(order.slot, value),
            params=order.params,
            alone=False,
        )
        context = contextvars.copy_context()
        # Its records share the process's `logging`, and are still filed as the mesh's.
        if order.kind == "worker":
            context.run(MESH.set, order.name)
        task: asyncio.Task[int] = loop.create_task(
            module.serve(start), name=f"{order.kind} {order.name}", context=context
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda ended: _report(ended, theirs, exited))

        def send_signal(number: int) -> None:
            if number in _DEADLY:
                task.cancel()

        return Child(os.getpid(), ours, None, exited, send_signal)

    def on_plugins(self, loaded: Callable[[tuple[PluginReport, ...]], None]) -> None:
        """Have `loaded` called each time the plug-ins have been loaded."""
        self._on_plugins = loaded

    def on_renewed(self, renewed: Callable[[], object]) -> None:
        """Do nothing: it never happens here."""

    async def replace(self, plugins: tuple[str, ...]) -> Renewal:
        """Load plug-ins that are new; what is loaded in this process stays loaded."""
        self._modules = plugins
        is_stale = await asyncio.to_thread(_loader().loaded_code_has_changed)
        return Renewal(is_used=self._load(), needs_restart=is_stale)

    @property
    def problem(self) -> str | None:
        """Nothing ever is."""
        return None

    @property
    def child_pids(self) -> set[int]:
        """Nothing: tasks have no PIDs of their own."""
        return set()

    async def stop(self, _stopping: Stopping) -> None:
        """Cancel whatever still runs."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _loader() -> Any:
    # By name: the supervisor must not import worker code, except here, where that is the very
    # purpose.
    return importlib.import_module("meshvisor.worker.plugins")


def _report(
    task: asyncio.Task[int], sock: socket.socket, exited: asyncio.Future[ExitCause]
) -> None:
    with contextlib.suppress(OSError):
        sock.close()
    if exited.done():
        return
    if task.cancelled():
        exited.set_result(ExitCause(signal=signal.SIGKILL))
    elif (error := task.exception()) is not None:
        log.error("a worker crashed", exc_info=error, extra={"event": "worker.traceback"})
        exited.set_result(ExitCause(code=ChildExit.CRASHED))
    else:
        exited.set_result(ExitCause(code=task.result()))
