"""The running supervisor: the life of its services as one.

Owns starting, serving and stopping, and what is said about them.  Names no service: which there are
and in which order is `supervisor.composition`, what each promises `supervisor.service_contract`.
Called by `supervisor.serving` (life), `supervisor.signals`, and requests of the control socket.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Coroutine, Iterable
from typing import Any

from meshvisor.shared.clock import SystemClock
from meshvisor.shared.control.results import ReloadReport, SkippedPlugin
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.run_options import RunOptions, Screen
from meshvisor.shared.settings.kernel import ShutdownSetting
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor import collection
from meshvisor.supervisor.children.spawner import in_answers
from meshvisor.supervisor.children.zygote_start import EarlyStart
from meshvisor.supervisor.composition import KernelServices, make_kernel, make_services, offer
from meshvisor.supervisor.control.server import ControlServer
from meshvisor.supervisor.life import SettingsPreview
from meshvisor.supervisor.notify import Notifier
from meshvisor.supervisor.orphans import OrphanReaper
from meshvisor.supervisor.reporting import Reporter
from meshvisor.supervisor.service_contract import Service, Stopping
from meshvisor.supervisor.settings_reload import SettingsReload
from meshvisor.supervisor.status_line import StatusLine
from meshvisor.supervisor.stopping import StopRequest
from meshvisor.supervisor.wordings import (
    PLUGIN_NOT_TAKEN_OVER,
    PLUGIN_SKIPPED,
    WRONG_SETTINGS,
)

log = logging.getLogger(__name__)


class Supervisor(Reporter):
    """Everything that `meshvisor run` runs; make it inside a running event loop.

    Args:
        options: the arguments of `meshvisor run`.
        settings: as they were loaded.
        screen: where people watch.
        start: what was started before the settings were read.

    Raises:
        MeshvisorError: the database of the home, or one that the settings name, cannot be used.
    """

    def __init__(
        self, options: RunOptions, settings: Settings, screen: Screen, start: EarlyStart
    ) -> None:
        clock = SystemClock()
        self.started_at = clock.monotonic()
        """Monotonic seconds."""
        self.state = "starting"
        """As `meshvisor status` shows it."""
        self._stop_request = StopRequest(clock)
        self._resources = start.resources
        self._notifier = Notifier(os.environ)
        self._line = StatusLine(self._status_line, screen.set_status, self._notifier.status)
        self._kernel = kernel = make_kernel(options, settings, start, clock, screen.write)
        offer(kernel, self)
        kernel.reporting.add(self)
        kernel.reporting.listen(self._line.update_soon)
        self._reload = SettingsReload(kernel, self, self._line.update)
        kernel.services.provide(SettingsPreview, self._reload)
        self._control = ControlServer(options.home.control_socket, kernel.services)
        self._orphans = OrphanReaper(kernel.spawner)
        own = KernelServices(self._notifier, self._control, self._reload, self._orphans)
        try:
            self._services = make_services(kernel, own)
        except BaseException:
            kernel.store.close()
            raise

    def services(self) -> Iterable[tuple[str, Service]]:
        """Return the services by name, in the order in which they are started."""
        return self._services

    # Life

    async def run(self) -> None:
        """Start everything, serve until a stop is asked for, stop everything."""
        try:
            if await self._unless_stopped(self._start()):
                await self._services.run(self._stop_request.asked)
        finally:
            await self._stop()

    def request_shutdown(self, reason: str, *, insists: bool) -> None:
        """Begin a graceful stop; returns at once.

        Args:
            reason: who asks for it, such as the name of a signal.
            insists: whether a second call, a moment after the first, forces the stop.
        """
        is_second = self._stop_request.asked.is_set()
        if self._stop_request.ask(reason, insists=insists) and is_second:
            log.warning(
                "%s came once more: nothing is waited for any longer",
                reason,
                extra={"event": "supervisor.hurried"},
            )

    def refuse_while_stopping(self) -> None:
        """Raise a `MeshvisorError` when it is too late to begin anything."""
        if self._stop_request.asked.is_set():
            raise MeshvisorError("the supervisor is stopping; start it again first: meshvisor run")

    def reap_orphans(self) -> None:
        """Reap what workers have started and left behind; called on SIGCHLD."""
        self._orphans.reap()

    async def _start(self) -> None:
        await self._services.start()
        collection.resume()
        self.state = "running"
        log.info(
            "running on %s, PID %d",
            self._kernel.home.root,
            os.getpid(),
            extra={"event": "supervisor.running"},
        )
        self._notifier.ready(self._status_line())

    async def _stop(self) -> None:
        """Stop everything; what `_services.run` has run has ended."""
        # One that could not even start says why, and nothing else.
        level = logging.INFO if self.state == "running" else logging.DEBUG
        self.state = "stopping"
        self._notifier.stopping()
        why = self._stop_request.reason or "something that is needed has failed"
        log.log(level, "stopping: %s", why, extra={"event": "supervisor.stopping"})
        self._line.update()
        timeout = self._reload.settings.of(ShutdownSetting).shutdown_timeout
        await self._services.stop(Stopping(timeout, self._stop_request.force))
        await self._kernel.close()
        self._resources.close()
        log.log(level, "stopped", extra={"event": "supervisor.stopped"})
        self._kernel.logs.close()

    async def _unless_stopped(self, start: Coroutine[Any, Any, None]) -> bool:
        """Run `start`; False when a stop is asked for before it has ended."""
        starting = asyncio.create_task(start, name="start")
        stopping = asyncio.create_task(self._stop_request.asked.wait(), name="stop asked")
        await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not starting.done():
            starting.cancel()
            await asyncio.wait((starting,))
            return False
        starting.result()
        return not self._stop_request.asked.is_set()

    # Settings that have changed

    def request_reload(self) -> None:
        """Read the settings again, soon."""
        self._reload.ask()

    async def reload(self) -> ReloadReport:
        """Read the settings again and change what changed; `SettingsError` changes nothing."""
        return await self._reload.reload()

    def configure(self, settings: Settings) -> None:
        """Give new settings to all services."""
        self._services.configure(settings)
        self._kernel.logs.configure(settings)

    def reload_begins(self) -> None:
        """Tell systemd."""
        self._notifier.reloading()

    def reload_ends(self) -> None:
        """Tell systemd."""
        self._notifier.ready(self._status_line())

    # What is reported

    @property
    def skipped_plugins(self) -> tuple[SkippedPlugin, ...]:
        """Plug-ins that are not in use as they are on the disk, and why."""
        return in_answers(self._kernel.spawner.skipped)

    def problems(self) -> Iterable[str]:
        """Return what hinders the kernel at present, each in one sentence."""
        kernel = self._kernel
        found = [kernel.home_watch.problem, self._control.problem, kernel.spawner.problem]
        found += [kernel.logs.problem, *self._services.problems, *kernel.events.problems]
        return tuple(problem for problem in found if problem is not None)

    def notices(self) -> Iterable[str]:
        """Return what has befallen events, each in one sentence."""
        return self._kernel.events.notices

    def problems_elsewhere(self) -> Iterable[str]:
        """Return which plug-ins are not in use as they are on the disk, and wrong settings."""
        for plugin in self.skipped_plugins:
            sentence = PLUGIN_NOT_TAKEN_OVER if plugin.earlier_version_runs else PLUGIN_SKIPPED
            yield sentence.said(name=plugin.name, why=plugin.error.rstrip("."))
        if (why := self._reload.wrong_settings) is not None:
            yield WRONG_SETTINGS.said(why=why)

    def summary(self) -> Iterable[str]:
        """Return what is wrong with plug-ins and settings."""
        if skipped := self._kernel.spawner.skipped:
            yield f"{len(skipped)} plug-ins skipped: see the status"
        if self._reload.wrong_settings is not None:
            yield "the changed settings are wrong: see the log"

    def _status_line(self) -> str:
        parts = ", ".join(self._kernel.reporting.summary())
        return f"{self.state}: {parts}" if parts else self.state
