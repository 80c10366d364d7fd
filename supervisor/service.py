"""The running supervisor: its kernel, the services of its features, and their life.

Owns starting, stopping and reloading, each in its order.  Names no feature: what they run is made
by `Feature.services` and kept by the contract in `supervisor.service_contract`.  Called by
`supervisor.serving` (life), `supervisor.signals`, and requests of the control socket.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Coroutine, Iterable
from typing import Any, Final

from meshvisor.shared import exposure
from meshvisor.shared.clock import Clock, SystemClock
from meshvisor.shared.control.results import ReloadReport, SkippedPlugin
from meshvisor.shared.errors import MeshvisorError, MissingError, SettingsError
from meshvisor.shared.feature import Feature, parts
from meshvisor.shared.heartbeat import HeartbeatTable
from meshvisor.shared.home_files import check_folder
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.kernel import LogSettings, PluginSettings, ShutdownSetting
from meshvisor.shared.settings.load import diff, load_settings
from meshvisor.shared.settings.model import Settings, needs_restart
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.audit.log import AuditLog
from meshvisor.supervisor.children.in_process import InProcessSpawner
from meshvisor.supervisor.children.slots import Slots
from meshvisor.supervisor.children.spawner import Spawner
from meshvisor.supervisor.children.zygote import ZygoteSpawner
from meshvisor.supervisor.children.zygote_start import EarlyStart
from meshvisor.supervisor.control.server import ControlServer
from meshvisor.supervisor.duties import Duties, Duty
from meshvisor.supervisor.events.reading import EventReader
from meshvisor.supervisor.events.service import EventService
from meshvisor.supervisor.home_watch import HomeWatch
from meshvisor.supervisor.kernel import Kernel, Reloading
from meshvisor.supervisor.life import Life
from meshvisor.supervisor.logs.collector import LogCollector
from meshvisor.supervisor.notify import Notifier
from meshvisor.supervisor.options import RunOptions, Screen
from meshvisor.supervisor.process import OwnedProcess, reap_orphans
from meshvisor.supervisor.reporting import Reporter, Reporting
from meshvisor.supervisor.room_answers import RoomAnswers
from meshvisor.supervisor.service_contract import Service, Stopping
from meshvisor.supervisor.services import Services
from meshvisor.supervisor.status_report import StatusReporter
from meshvisor.supervisor.stopping import StopRequest

log = logging.getLogger(__name__)

TICK: Final = 1.0
"""Seconds between two looks at what nobody announces: orphans, and whether the home is there."""

SCREEN_INTERVAL: Final = 0.1
"""Seconds between two updates of the status line.  Counting all meshes after each change would
stand between a dead worker and its successor."""

LOOK_AGAIN: Final = 0.1
"""Seconds until dead children are looked for once more; their owners need a turn of the loop."""

MOST_SKIPPED: Final = 100
"""Skipped plug-ins that are named in an answer; an operator who has more begins with these."""


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
        self._options = options
        self._settings = settings
        self._screen = screen
        self._clock: Clock = SystemClock()
        self.started_at = self._clock.monotonic()
        """Monotonic seconds."""
        self.state = "starting"
        """As `meshvisor status` shows it."""
        self._stop_request = StopRequest(self._clock)
        self._are_settings_wrong = False
        """The file has been changed since and cannot be used."""
        self._reload_asked = asyncio.Event()
        self._reloading = asyncio.Lock()
        self._screen_due: asyncio.TimerHandle | None = None
        self._duties = Duties()
        self._resources = start.resources
        self._notifier = Notifier(os.environ)
        self._kernel = self._make_kernel(start)
        self._offer()
        self._kernel.reporting.add(self)
        self._kernel.reporting.listen(self._on_change)
        self._with_children: dict[str, Service] = {}
        """What has children; it is started last and stopped first."""
        # Events first and last: what others still do at their end is told.
        self._others: dict[str, Service] = {"events": self._kernel.events}
        try:
            self._make_services()
        except BaseException:
            self._kernel.store.close()
            raise
        self._control = ControlServer(options.home.control_socket, self._kernel.services)

    def services(self) -> Iterable[tuple[str, Service]]:
        """Return what features run, by name, in the order in which it is started."""
        yield from self._others.items()
        yield from self._with_children.items()

    # Life

    async def run(self) -> None:
        """Start everything, serve until somebody asks to stop, stop everything."""
        try:
            if await self._unless_stopped(self._start()):
                await self._serve()
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

    def request_reload(self) -> None:
        """Read the settings again, soon."""
        self._reload_asked.set()

    def reap_orphans(self) -> None:
        """Reap what workers have started and left behind; called on SIGCHLD."""
        if not reap_orphans(OwnedProcess.known | self._kernel.spawner.child_pids):
            # One whose owner is about to reap it hides those behind it, and no signal will come
            # for them any more.
            asyncio.get_running_loop().call_later(LOOK_AGAIN, self.reap_orphans)

    async def _start(self) -> None:
        # The zygote loads on another processor meanwhile.
        for service in self._others.values():
            await service.start()
        await self._kernel.spawner.start()
        for service in self._with_children.values():
            await service.start()
        await self._control.start()
        self.state = "running"
        log.info(
            "running on %s, PID %d",
            self._options.home.root,
            os.getpid(),
            extra={"event": "supervisor.running"},
        )
        self._notifier.ready(self._status_line())

    async def _serve(self) -> None:
        duties: dict[str, Duty] = {
            "tick": self._keep_time,
            "home": self._keep_home,
            "reload": self._reload_when_asked,
            "watchdog": self._notifier.feed_watchdog,
        }
        duties |= {name: service.run for name, service in self.services()}
        await self._duties.perform(duties, self._stop_request.asked)

    async def _stop(self) -> None:
        """Everything in its order; what `_serve` has run has ended."""
        # One that could not even start says why, and nothing else.
        level = logging.INFO if self.state == "running" else logging.DEBUG
        self.state = "stopping"
        self._notifier.stopping()
        why = self._stop_request.reason or "something that is needed has failed"
        log.log(level, "stopping: %s", why, extra={"event": "supervisor.stopping"})
        self._update_screen()
        # The last first: what jobs still have to say is said in rooms.
        await self._stop_all(self._with_children)
        await _whatever_happens("control socket", self._control.stop())
        await _whatever_happens("zygote", self._kernel.spawner.stop())
        await self._stop_all(self._others)
        await _whatever_happens("database", asyncio.to_thread(self._kernel.store.close))
        self._kernel.heartbeats.close()
        self._resources.close()
        log.log(level, "stopped", extra={"event": "supervisor.stopped"})
        self._notifier.close()
        self._kernel.logs.close()

    async def _stop_all(self, services: dict[str, Service]) -> None:
        stopping = Stopping(
            self._settings.of(ShutdownSetting).shutdown_timeout, self._stop_request.force
        )
        for name, service in reversed(services.items()):
            await _whatever_happens(name, service.stop(stopping))

    # Settings that have changed

    async def reload(self) -> ReloadReport:
        """Read the settings again and change what changed; `SettingsError` changes nothing."""
        self.refuse_while_stopping()
        # One at a time: a reload waits in the middle, for discovery and for a new zygote.
        async with self._reloading:
            settings = await self._load_changed()
            self._notifier.reloading()
            try:
                return await self._take_over(settings)
            finally:
                self._notifier.ready(self._status_line())

    async def _load_changed(self) -> Settings:
        """Read the settings; wrong ones are logged here."""
        home = self._kernel.home_watch
        if not await home.look():
            # There are no settings where it was, and that would mean defaults and no meshes.
            raise MissingError(home.problem or "the home was moved away")
        try:
            # In a thread, as whatever is read below the home: its disk may stand still.
            settings = await asyncio.to_thread(self._read_settings)
        except (SettingsError, MissingError) as error:
            self._are_settings_wrong = True
            self._update_screen()
            log.error(
                "the settings cannot be used, the old ones hold:\n%s",
                error,
                extra={"event": "settings.wrong"},
            )
            raise
        self._are_settings_wrong = False
        return settings

    def _read_settings(self) -> Settings:
        self._kernel.home_watch.check_settings()
        return _read_settings(self._options.home)

    async def _take_over(self, settings: Settings) -> ReloadReport:
        reloading = Reloading(settings, list(diff(self._settings, settings)))
        self._settings = settings
        for _, service in self.services():
            service.configure(settings)
        logging.getLogger().setLevel(settings.of(LogSettings).level.upper())
        renewal = await self._kernel.spawner.replace(settings.of(PluginSettings).modules)
        if renewal.is_used:
            reloading.plugins_changed = True
            self._replace_children()
        for take_over in self._kernel.after_reload:
            await take_over(reloading)
        report = self._report(reloading, (("plugins",) if renewal.needs_restart else ()))
        log.info("settings read again: %s", _in_words(report), extra={"event": "settings.reloaded"})
        return report

    def _report(self, reloading: Reloading, deferred: Iterable[str]) -> ReloadReport:
        later = [name for name in reloading.changed if needs_restart(name)]
        return ReloadReport(
            changed=tuple(name for name in reloading.changed if name not in later),
            needs_restart=(*later, *deferred),
            started=tuple(reloading.started),
            stopped=tuple(reloading.stopped),
            restarted=tuple(reloading.restarted),
            plugins_changed=reloading.plugins_changed,
            skipped_plugins=self.skipped_plugins,
        )

    def _replace_children(self) -> None:
        """Replace all who still have other code."""
        for replace in self._kernel.replace_children:
            replace()

    def refuse_while_stopping(self) -> None:
        """Raise a `MeshvisorError` when it is too late to begin anything."""
        if self._stop_request.asked.is_set():
            raise MeshvisorError("the supervisor is stopping; start it again first: meshvisor run")

    async def _reload_when_asked(self) -> None:
        while True:
            await self._reload_asked.wait()
            self._reload_asked.clear()
            try:
                await self.reload()
            except OSError:
                # Whatever the disk does to a reload, the fleet goes on with the old settings.
                log.exception("the settings cannot be read", extra={"event": "settings.wrong"})
            except SettingsError:
                pass  # logged already; nobody else is waiting for an answer
            except MeshvisorError as error:
                extra = {"event": "settings.not_taken_over"}
                log.error("the settings are not taken over: %s", error, extra=extra)

    # What is told

    @property
    def skipped_plugins(self) -> tuple[SkippedPlugin, ...]:
        """Plug-ins that are not in use as they are on the disk, and why."""
        return tuple(skipped.to_result() for skipped in self._kernel.spawner.skipped[:MOST_SKIPPED])

    def problems(self) -> Iterable[str]:
        """Return what hinders the kernel at present, each in one sentence."""
        kernel = self._kernel
        found = [kernel.home_watch.problem, self._control.problem, kernel.spawner.problem]
        found += [kernel.logs.problem, *self._duties.problems, *kernel.events.problems]
        return tuple(problem for problem in found if problem is not None)

    def summary(self) -> Iterable[str]:
        """Return what is wrong with plug-ins and settings."""
        if self._kernel.spawner.skipped:
            yield f"{len(self._kernel.spawner.skipped)} plug-ins skipped: see the status"
        if self._are_settings_wrong:
            yield "the changed settings are wrong: see the log"

    def _on_change(self) -> None:
        if self._screen_due is None:
            loop = asyncio.get_running_loop()
            self._screen_due = loop.call_later(SCREEN_INTERVAL, self._update_screen)

    def _update_screen(self) -> None:
        if self._screen_due is not None:
            self._screen_due.cancel()
            self._screen_due = None
        line = self._status_line()
        self._screen.set_status(line)
        self._notifier.status(line)

    def _status_line(self) -> str:
        parts = ", ".join(self._kernel.reporting.summary())
        return f"{self.state}: {parts}" if parts else self.state

    # Private: the duties while it serves

    async def _keep_time(self) -> None:
        """Look after what nobody announces; needs no disk."""
        while True:
            await asyncio.sleep(TICK)
            self.reap_orphans()

    async def _keep_home(self) -> None:
        """Look after the home and its socket."""
        while True:
            await asyncio.sleep(TICK)
            if await self._kernel.home_watch.look():
                await self._control.heal()

    # Private: making parts

    def _make_kernel(self, start: EarlyStart) -> Kernel:
        home = self._options.home
        logs = LogCollector(
            home.logs,
            self._settings.of(LogSettings),
            self._clock,
            self._screen.write,
            start.lock.check_home,
        )
        heartbeats = HeartbeatTable(start.resources.heartbeats)
        store = Store.open(home.database)
        spawner = self._make_spawner(start, heartbeats, logs)
        spawner.on_renewed(self._replace_children)
        return Kernel(
            home=home,
            options=self._options,
            settings=self._settings,
            lock=start.lock,
            clock=self._clock,
            store=store,
            audit=AuditLog(store, self._clock),
            events=EventService(store, self._settings, self._clock),
            spawner=spawner,
            heartbeats=heartbeats,
            slots=Slots(),
            logs=logs,
            home_watch=HomeWatch(home, start.lock),
            services=Services(),
            reporting=Reporting(),
            room_answers=RoomAnswers(),
        )

    def _make_spawner(
        self, start: EarlyStart, heartbeats: HeartbeatTable, logs: LogCollector
    ) -> Spawner:
        plugins = self._settings.of(PluginSettings).modules
        if start.zygote is None:
            return InProcessSpawner(self._options.home.root, plugins, heartbeats)
        return ZygoteSpawner(start.resources, plugins, logs.attach, start.zygote)

    def _offer(self) -> None:
        """Offer to features and to requests what there is without any feature."""
        kernel = self._kernel
        kernel.services.provide(Life, self)
        kernel.services.provide(
            StatusReporter, StatusReporter(self, kernel.reporting, kernel.clock)
        )
        kernel.services.provide(LogCollector, kernel.logs)
        kernel.services.provide(AuditLog, kernel.audit)
        kernel.services.provide(EventService, kernel.events)
        kernel.services.provide(EventReader, kernel.events)

    def _make_services(self) -> None:
        feature: Feature
        for feature, make in parts("services"):
            made = self._with_children if feature.children else self._others
            made.update(make(self._kernel))

    async def _unless_stopped(self, start: Coroutine[Any, Any, None]) -> bool:
        """Run `start`; False when somebody asks to stop before it has ended."""
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


def _read_settings(home: Home) -> Settings:
    exposure.refuse(exposure.of_home(home))
    check_folder(home.plugins)
    settings = load_settings(home, os.environ)
    exposure.refuse(exposure.of_settings(home, settings))
    return settings


async def _whatever_happens(what: str, step: Coroutine[Any, Any, None]) -> None:
    """Take a step of the stop; one that fails must not keep the others from theirs."""
    try:
        await step
    except Exception:
        log.exception("%s: stopping has failed", what, extra={"event": "supervisor.stop_failed"})


def _in_words(report: ReloadReport) -> str:
    parts = []
    if report.changed:
        parts.append(f"{', '.join(report.changed)} changed")
    if report.plugins_changed:
        parts.append("the plug-ins are loaded anew")
    if report.needs_restart:
        parts.append(f"{', '.join(report.needs_restart)} will hold after a restart")
    if report.skipped_plugins:
        parts.append(f"skipped: {', '.join(plugin.name for plugin in report.skipped_plugins)}")
    return "; ".join(parts) or "nothing changed"
