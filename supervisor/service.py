"""The running supervisor: its parts, their life, and what the control socket may ask of it.

Owns starting, stopping and reloading, each in its order.  Called by `supervisor.app` (life,
signals) and by the requests of the control socket (`supervisor.control`).
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Coroutine, Sequence
from typing import Any, Final

from meshvisor.features.access.supervisor.administration.administration import Administration
from meshvisor.features.access.supervisor.administration.chat import ChatAdministration
from meshvisor.features.access.supervisor.administration.chat.request import AdministrationServices
from meshvisor.features.access.supervisor.administration.opening import open_directory
from meshvisor.features.access.supervisor.administration.session import Session
from meshvisor.features.access.supervisor.directory.directory import Change
from meshvisor.features.access.supervisor.identity import Identity
from meshvisor.features.access.supervisor.initial_state import InitialState
from meshvisor.features.blocklist.supervisor.blocklist import Blocklist
from meshvisor.features.fleet.supervisor import reports
from meshvisor.features.fleet.supervisor.discovery import DiscoveredMesh, Discovery
from meshvisor.features.fleet.supervisor.manager import FleetManager, FleetParts
from meshvisor.features.fleet.supervisor.monitor import Monitor
from meshvisor.features.fleet.supervisor.stopped import StoppedMeshes
from meshvisor.features.jobs.supervisor.jobs import Jobs, JobsParts
from meshvisor.features.playground.supervisor.keeper import PlaygroundKeeper
from meshvisor.shared import exposure
from meshvisor.shared.clock import Clock, SystemClock
from meshvisor.shared.control.results import ReloadReport, SkippedPlugin
from meshvisor.shared.errors import MeshvisorError, MissingError, SettingsError
from meshvisor.shared.heartbeat import HeartbeatTable
from meshvisor.shared.home_files import check_folder
from meshvisor.shared.paths import Home
from meshvisor.shared.protocol.from_worker import AdminRequest, JobRequest
from meshvisor.shared.protocol.to_worker import AdminResult, JobResult
from meshvisor.shared.settings.load import diff, load_settings
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.api import ApiParts, OperatorApi
from meshvisor.supervisor.children.in_process import InProcessSpawner
from meshvisor.supervisor.children.slots import Slots
from meshvisor.supervisor.children.spawner import Spawner
from meshvisor.supervisor.children.zygote import ZygoteSpawner
from meshvisor.supervisor.children.zygote_start import EarlyStart
from meshvisor.supervisor.control.server import ControlServer
from meshvisor.supervisor.duties import Duties, Duty
from meshvisor.supervisor.home_watch import HomeWatch
from meshvisor.supervisor.logs.collector import LogCollector
from meshvisor.supervisor.notify import Notifier
from meshvisor.supervisor.options import RunOptions, Screen
from meshvisor.supervisor.process import OwnedProcess, reap_orphans
from meshvisor.supervisor.stopping import StopRequest

log = logging.getLogger(__name__)

TICK: Final = 1.0
"""Seconds between two looks at what nobody announces: the blocklist file and blocks that end."""

SCREEN_INTERVAL: Final = 0.1
"""Seconds between two updates of the status line.  Counting all meshes after each change would
stand between a dead worker and its successor."""

LOOK_AGAIN: Final = 0.1
"""Seconds until dead children are looked for once more; their owners need a turn of the loop."""

MOST_SKIPPED: Final = 100
"""Skipped plug-ins that are named in an answer; whoever has more begins with these."""

LAST_SAVE: Final = 5.0
"""Seconds that the blocklist has to be written at the end; a disk may stand still."""

NEEDS_RESTART: Final = (
    "database.",
    "fleet.blocklist_persist_path",
    "fleet.database_config_path",
    "logs.file_size_mb",
    "logs.files_kept",
    "logs.folder_cap_mb",
    "logs.lines_in_memory",
    "playground.",
)
"""Settings (by prefix) that are read once, at the start."""


class Supervisor:
    """Everything that `meshvisor run` runs; make it inside a running event loop.

    Implements `supervisor.api.Life`.

    Args:
        options: the arguments of `meshvisor run`.
        settings: as they were loaded.
        screen: where people watch.
        start: what was started before the settings were read.
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
        self._told_empty = False
        self._are_settings_wrong = False
        """The file has been changed since and cannot be used."""
        self._reload_asked = asyncio.Event()
        self._reloading = asyncio.Lock()
        self._save_asked = asyncio.Event()
        self._screen_due: asyncio.TimerHandle | None = None
        self.logs = LogCollector(
            options.home.logs, settings.logs, self._clock, screen.write, start.lock.check_home
        )
        self._duties = Duties()
        self._home_watch = HomeWatch(options.home, start.lock)
        self._resources = start.resources
        self._heartbeats = HeartbeatTable(start.resources.heartbeats)
        self._spawner = self._make_spawner(start)
        self._spawner.on_renewed(self._take_over_plugins)
        self._blocklist = Blocklist(
            options.home.below(settings.fleet.blocklist_persist_path),
            self._clock,
            start.lock.check_home,
        )
        self._opened = open_directory(options.home, settings, self._clock)
        self._directory = self._opened.directory
        self._identity = Identity(options.home, self._directory, lambda: self._settings)
        self._initial_state = InitialState()
        slots = Slots()
        self._stopped = StoppedMeshes(self._opened.store, self._clock)
        self._fleet = FleetManager(
            settings,
            FleetParts(
                spawner=self._spawner,
                heartbeats=self._heartbeats,
                slots=slots,
                blocklist=self._blocklist,
                clock=self._clock,
                initial_state=self._initial_state.frames,
                answer=self._answer_chat,
                attach_log=self.logs.attach_mesh,
                stopped=self._stopped.ids,
            ),
        )
        self._services = AdministrationServices(
            Administration(self._opened, self._clock, self._fleet, self._fleet.help_of),
            Session(self._opened, self._fleet, self._identity.renew),
        )
        self._chat = ChatAdministration(self._services)
        self._jobs = Jobs(
            settings,
            JobsParts(
                store=self._opened.store,
                audit=self._opened.audit,
                spawner=self._spawner,
                heartbeats=self._heartbeats,
                slots=slots,
                clock=self._clock,
                rooms=self._fleet,
                notify=self._fleet.notify,
                people=self._directory,
                attach_log=self.logs.attach,
                can_dump=not options.single_process,
            ),
        )
        self._monitor = Monitor(
            settings.fleet,
            self._fleet,
            self._heartbeats,
            self._clock,
            can_dump=not options.single_process,
        )
        self._playground = self._make_playground()
        self._discovery = Discovery(
            (), settings.fleet.discovery_interval, self._clock, self._on_found
        )
        self._control = ControlServer(options.home.control_socket, self._make_api())
        self._notifier = Notifier(os.environ)
        self._fleet.listen(self._on_change)

    @property
    def problems(self) -> tuple[str, ...]:
        """What hinders the supervisor itself at present, each in one sentence."""
        found = [self._home_watch.problem, self._control.problem, self._blocklist.problem]
        found += [self._spawner.problem, self.logs.problem, *self._duties.problems]
        if self._playground is not None:
            found.append(self._playground.problem)
        return tuple(problem for problem in found if problem is not None)

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
            insists: whether a second call, a moment after the first, hurries.
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
        if not reap_orphans(OwnedProcess.known | self._spawner.child_pids):
            # One whose owner is about to reap it hides those behind it, and no signal will come
            # for them any more.
            asyncio.get_running_loop().call_later(LOOK_AGAIN, self.reap_orphans)

    async def _start(self) -> None:
        # The zygote loads on another processor meanwhile.
        self._blocklist.load()
        await self._directory.start()
        if not self._options.playground:
            self._identity.check()
        self._initial_state.update(self._directory.access, self._identity.account)
        self._directory.listen(self._on_directory)
        await self._stopped.load()
        await self._spawner.start()
        await self._jobs.start()
        if self._playground is not None:
            self._identity.playground = await self._playground.start()
        self._look_where_meshes_are()
        await self._control.start()
        self.state = "running"
        log.info(
            "running on %s, PID %d",
            self._options.home.root,
            os.getpid(),
            extra={"event": "supervisor.running"},
        )
        self._notifier.ready(self._summary())

    async def _serve(self) -> None:
        duties: dict[str, Duty] = {
            "discovery": self._discovery.run,
            "heartbeats": self._monitor.watch_heartbeats,
            "status poll": self._monitor.poll_regularly,
            "tick": self._keep_time,
            "home": self._keep_home,
            "files": self._keep_files,
            "blocklist file": self._save_blocklist,
            "directory": self._directory.keep,
            "jobs": self._jobs.keep,
            "reload": self._reload_when_asked,
            "watchdog": self._notifier.feed_watchdog,
        }
        if self._playground is not None:
            duties["playground"] = self._playground.keep
        await self._duties.perform(duties, self._stop_request.asked)

    async def _stop(self) -> None:
        """Everything in its order; discovery and monitor have ended with `_serve`."""
        # One that could not even start says why, and nothing else.
        level = logging.INFO if self.state == "running" else logging.DEBUG
        self.state = "stopping"
        self._notifier.stopping()
        why = self._stop_request.reason or "something that is needed has failed"
        log.log(level, "stopping: %s", why, extra={"event": "supervisor.stopping"})
        self._update_screen()
        timeout = self._settings.fleet.shutdown_timeout
        hurry = self._stop_request.hurry
        # Jobs first: what they still have to say is said in rooms.
        await _whatever_happens("jobs", self._jobs.stop(timeout, hurry))
        await _whatever_happens("workers", self._fleet.close(timeout, hurry))
        await _whatever_happens("control socket", self._control.stop())
        await _whatever_happens("zygote", self._spawner.stop())
        if self._playground is not None:
            await _whatever_happens("playground", self._playground.stop())
        await _whatever_happens("blocklist", self._save_for_the_last_time())
        await _whatever_happens("database", self._opened.close())
        self._heartbeats.close()
        self._resources.close()
        log.log(level, "stopped", extra={"event": "supervisor.stopped"})
        self._notifier.close()
        self.logs.close()

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
                self._notifier.ready(self._summary())

    async def _load_changed(self) -> Settings:
        """Read the settings; wrong ones are logged here, whoever has asked for them."""
        if not await self._home_watch.look():
            # There are no settings where it was, and that would mean defaults and no meshes.
            raise MissingError(self._home_watch.problem or "the home was moved away")
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
        self._home_watch.check_settings()
        return _read_settings(self._options.home)

    async def _take_over(self, settings: Settings) -> ReloadReport:
        changed = diff(self._settings, settings)
        before_account = self._identity.account
        await self._directory.check_file()
        if self._identity.account != before_account:
            changed = (*changed, "credentials")
        deferred = tuple(name for name in changed if name.startswith(NEEDS_RESTART))
        before = set(self._fleet.records)
        self._settings = settings
        restarted = self._fleet.configure(settings)
        self._monitor.configure(settings.fleet)
        self._jobs.configure(settings)
        logging.getLogger().setLevel(settings.logs.level.upper())
        renewal = await self._spawner.replace(settings.plugins.modules)
        if renewal.is_used:
            restarted = self._take_over_plugins()
        self._look_where_meshes_are()
        await self._discovery.look()
        wanted = set(self._fleet.wanted)
        report = ReloadReport(
            changed=tuple(name for name in changed if name not in deferred),
            needs_restart=(*deferred, *(("plugins",) if renewal.needs_restart else ())),
            started=tuple(sorted(wanted - before)),
            stopped=tuple(sorted(before - wanted)),
            # One that is not wanted any more is stopped and nothing else.
            restarted=tuple(mesh for mesh in restarted if mesh in before & wanted),
            plugins_changed=renewal.is_used,
            skipped_plugins=self.skipped_plugins,
        )
        log.info("settings read again: %s", _in_words(report), extra={"event": "settings.reloaded"})
        return report

    def _take_over_plugins(self) -> list[str]:
        """Replace all who still have other code; returns the meshes."""
        self._jobs.replace_runners()
        return self._fleet.restart_all("its plug-ins have changed")

    @property
    def skipped_plugins(self) -> tuple[SkippedPlugin, ...]:
        """Plug-ins that are not in use as they are on the disk, and why."""
        return tuple(skipped.to_result() for skipped in self._spawner.skipped[:MOST_SKIPPED])

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

    # Private: the duties while it serves

    async def _keep_time(self) -> None:
        """Look after what nobody announces; needs no disk."""
        while True:
            await asyncio.sleep(TICK)
            self.reap_orphans()
            if self._blocklist.expire():
                self._fleet.changed()

    async def _keep_home(self) -> None:
        """Look after the home and its socket."""
        while True:
            await asyncio.sleep(TICK)
            if await self._home_watch.look():
                await self._control.heal()

    async def _keep_files(self) -> None:
        """Take over what people edit or remove below the home."""
        while True:
            await asyncio.sleep(TICK)
            if self._home_watch.problem is None or await self._home_watch.look():
                if await asyncio.to_thread(self._blocklist.reload_if_changed):
                    self._fleet.changed()
                await self._directory.check_file()
            if self._blocklist.save_due():
                self._save_asked.set()

    async def _save_blocklist(self) -> None:
        """Write the blocklist after each change, in a thread: the disk may be slow."""
        while True:
            await self._save_asked.wait()
            self._save_asked.clear()
            if self._blocklist.save_due():
                await asyncio.to_thread(self._blocklist.save)

    async def _save_for_the_last_time(self) -> None:
        async with asyncio.timeout(LAST_SAVE):
            await asyncio.to_thread(self._blocklist.save)

    def _on_found(self, meshes: Sequence[DiscoveredMesh], seen_at: float) -> None:
        self._fleet.want(meshes, seen_at)
        if not meshes and not self._told_empty:
            self._told_empty = True
            log.warning(
                "there are no meshes to serve: list some as [[meshes]] in %s, set platform.url, or "
                "try it with --playground",
                self._options.home.settings_file,
                extra={"event": "fleet.empty"},
            )

    def _on_change(self) -> None:
        self._jobs.rooms_changed(self._fleet.records)
        if self._blocklist.save_due():
            self._save_asked.set()
        if self._screen_due is None:
            loop = asyncio.get_running_loop()
            self._screen_due = loop.call_later(SCREEN_INTERVAL, self._update_screen)

    def _update_screen(self) -> None:
        if self._screen_due is not None:
            self._screen_due.cancel()
            self._screen_due = None
        summary = self._summary()
        self._screen.set_status(summary)
        self._notifier.status(summary)

    def _summary(self) -> str:
        totals = reports.totals(self._fleet.records.values(), self._blocklist)
        parts = [f"{totals.connected} of {totals.meshes} meshes connected"]
        parts += [
            f"{count} {name}"
            for name, count in (
                ("unhealthy", totals.unhealthy),
                ("failed", totals.failed),
                ("blocked", totals.blocked),
            )
            if count
        ]
        if self._spawner.skipped:
            parts.append(f"{len(self._spawner.skipped)} plug-ins skipped: see the status")
        if self._are_settings_wrong:
            parts.append("the changed settings are wrong: see the log")
        return f"{self.state}: {', '.join(parts)}"

    # Private: making parts

    def _make_api(self) -> OperatorApi:
        return OperatorApi(
            ApiParts(
                life=self,
                identity=self._identity,
                fleet=self._fleet,
                stopped=self._stopped,
                monitor=self._monitor,
                blocklist=self._blocklist,
                discovery=self._discovery,
                directory=self._directory,
                services=self._services,
                jobs=self._jobs.service,
                logs=self.logs,
                clock=self._clock,
            )
        )

    def _make_spawner(self, start: EarlyStart) -> Spawner:
        plugins = self._settings.plugins.modules
        if start.zygote is None:
            return InProcessSpawner(self._options.home.root, plugins, self._heartbeats)
        return ZygoteSpawner(start.resources, plugins, self.logs.attach, start.zygote)

    def _make_playground(self) -> PlaygroundKeeper | None:
        if not self._options.playground:
            return None
        settings = self._settings.playground
        if self._options.rooms is not None:
            settings = settings.model_copy(update={"rooms": self._options.rooms})
        return PlaygroundKeeper(settings, self.logs.attach)

    async def _answer_chat(
        self, mesh_id: str, request: AdminRequest | JobRequest
    ) -> AdminResult | JobResult:
        if isinstance(request, JobRequest):
            return await self._jobs.answer_chat(mesh_id, request)
        return await self._chat.answer(mesh_id, request)

    def _look_where_meshes_are(self) -> None:
        interval = self._settings.fleet.discovery_interval
        self._discovery.configure(self._identity.sources(), interval)

    def _on_directory(self, change: Change) -> None:
        self._fleet.broadcast(
            self._initial_state.update(self._directory.access, self._identity.account, change)
        )
        if change.account:
            self._look_where_meshes_are()

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
