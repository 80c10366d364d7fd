"""What it takes to start a child, by whatever way.

Two implementations: `zygote.ZygoteSpawner` (processes) and `in_process.InProcessSpawner`
(tasks, for debugging).
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import msgspec

from meshvisor.shared.control import results
from meshvisor.shared.model.exits import ExitCause
from meshvisor.shared.protocol.zygote import PluginReport
from meshvisor.supervisor.service_contract import Service

log = logging.getLogger(__name__)


MOST_SKIPPED: Final = 100
"""Skipped plug-ins that are named in an answer; an operator who has more begins with these."""


class SpawnError(Exception):
    """A child could not be started; try again later."""


class SpawnOrder(msgspec.Struct, frozen=True):
    """Which child to start."""

    entry: str
    """`module:function`, resolved on the other side of the fork."""
    name: str
    slot: int
    """Index of its heartbeat."""
    params: dict[str, Any]
    kind: str = "worker"
    """What it is called in lists of processes, before its name."""


@dataclass(frozen=True, slots=True)
class Child:
    """A started child and the supervisor's ends of what connects them."""

    pid: int
    channel: socket.socket
    log: int | None
    """Read end of its log pipe; None when it has none of its own."""
    exited: asyncio.Future[ExitCause]
    """Done when the child is gone."""
    signal: Callable[[int], None]
    """Send a signal; does nothing when the child is gone.  Safe against reused PIDs."""


class SkippedPlugin(msgspec.Struct, frozen=True):
    """A plug-in that is not in use as it is on the disk."""

    report: PluginReport
    """Why it was not loaded."""
    earlier_runs: bool = False
    """Whether an earlier version of it, which could be loaded, is still in use."""

    def to_result(self) -> results.SkippedPlugin:
        """Return what the control socket says of it."""
        report = self.report
        return results.SkippedPlugin(
            name=report.name,
            # A path may hold bytes that are no text.
            file=report.file.encode(errors="replace").decode(),
            line=report.line,
            error=report.error,
            earlier_version_runs=self.earlier_runs,
        )


class Renewal(msgspec.Struct, frozen=True):
    """What came of loading the plug-ins anew."""

    is_used: bool
    """Whether later children have other code than before."""
    needs_restart: bool = False
    """Whether code has changed that only a new supervisor takes over."""


class Spawner(Service, Protocol):
    """Starts children, between its start and its stop, which kills those that still live."""

    async def spawn(self, order: SpawnOrder) -> Child:
        """Start a child.

        Raises:
            SpawnError: it could not be started.
        """
        ...

    def on_plugins(self, loaded: Callable[[tuple[PluginReport, ...]], None]) -> None:
        """Have `loaded` called each time the plug-ins have been loaded, with what came of it."""
        ...

    def on_renewed(self, renewed: Callable[[], object]) -> None:
        """Have `renewed` called when later children have other code without a `replace`."""
        ...

    async def replace(self, plugins: tuple[str, ...]) -> Renewal:
        """Start later children with these plug-ins; those that live stay as they are.

        Returns when they are loaded.  Does nothing when neither their names nor their code has
        changed, and keeps what there is when a plug-in that is in use could not be loaded any more;
        `skipped` says which.

        Args:
            plugins: modules, beside those that are found by themselves.
        """
        ...

    @property
    def skipped(self) -> tuple[SkippedPlugin, ...]:
        """Plug-ins that are not in use as they are on the disk, until they are mended."""
        ...

    @property
    def problem(self) -> str | None:
        """Why no child can be started at present, in one sentence; None: they can."""
        ...

    @property
    def child_pids(self) -> set[int]:
        """PIDs of living children that this process may have to reap."""
        ...

    @property
    def plugins(self) -> tuple[PluginReport, ...]:
        """How the loading of the plug-ins went; empty before it has ended."""
        ...


def in_answers(skipped: Sequence[SkippedPlugin]) -> tuple[results.SkippedPlugin, ...]:
    """Return what the control socket says of skipped plug-ins."""
    return tuple(one.to_result() for one in skipped[:MOST_SKIPPED])


def report_loaded(reports: Iterable[PluginReport]) -> None:
    """Say in the log which plug-ins are loaded."""
    for report in reports:
        if report.ok:
            log.info(
                "plug-in %s is loaded",
                report.name,
                extra={"event": "plugin.loaded", "context": _what_it_has(report)},
            )


def _what_it_has(report: PluginReport) -> dict[str, str]:
    names = {"commands": report.commands} | {
        kind: [one["name"] for one in entries] for kind, entries in report.registered.items()
    }
    return {kind: " ".join(some) for kind, some in names.items() if some}


def report_skipped(skipped: Iterable[SkippedPlugin]) -> None:
    """Say in the log which plug-ins are not in use as they are on the disk, and why."""
    for plugin in skipped:
        report = plugin.report
        log.error(
            "plug-in %s is %s: %s%s",
            report.name,
            "not taken over, its earlier version runs on" if plugin.earlier_runs else "skipped",
            report.error,
            f"\n{report.traceback}" if report.traceback else "",
            extra={"event": "plugin.failed"},
        )
