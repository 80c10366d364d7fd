"""The running supervisor: its parts, their life, and what the control socket may ask of it.

Owns starting, stopping and reloading, each in its order.  Called by `supervisor.app` (life,
signals) and by the requests of the control socket (`supervisor.control`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, Final

from shared.clock import Clock, SystemClock
from shared.control.results import (
    DiscoveryReport,
    HealthStats,
    PollReport,
    ProcessHealth,
    ReloadReport,
    StatusReport,
    SupervisorStatus,
    WantedMesh,
)
from shared.errors import MeshvisorError, SettingsError
from shared.heartbeat import HeartbeatTable
from shared.paths import Home
from shared.settings.load import diff, load_settings
from shared.settings.model import Settings
from shared.version import VERSION
from supervisor.control.server import ControlServer
from supervisor.directory.credentials_file import (
    CredentialsFile,
    for_workers,
    load_credentials,
)
from supervisor.fleet import reports
from supervisor.fleet.blocklist import Blocklist
from supervisor.fleet.discovery import DiscoveredMesh, Discovery, Provider
from supervisor.fleet.in_process import InProcessSpawner
from supervisor.fleet.manager import FleetManager, FleetParts
from supervisor.fleet.monitor import Monitor
from supervisor.fleet.operator_blocklist import OperatorBlocklist
from supervisor.fleet.providers.rest import RestOptions, RestProvider
from supervisor.fleet.providers.static import StaticProvider
from supervisor.fleet.spawner import Spawner
from supervisor.fleet.zygote import ZygoteSpawner
from supervisor.fleet.zygote_start import EarlyStart
from supervisor.logs.collector import LogCollector
from supervisor.notify import Notifier
from supervisor.options import RunOptions, Screen
from supervisor.platform.signing import NO_KEYS, Keys
from supervisor.playground import Addresses, PlaygroundKeeper
from supervisor.process import OwnedProcess, reap_orphans

log = logging.getLogger(__name__)

TICK: Final = 1.0
"""Seconds between two looks at what nobody announces: the blocklist file and blocks that end."""

SCREEN_INTERVAL: Final = 0.1
"""Seconds between two updates of the status line.  Counting all meshes after each change would
stand between a dead worker and its successor."""

LOOK_AGAIN: Final = 0.1
"""Seconds until dead children are looked for once more; their owners need a turn of the loop."""

NEEDS_RESTART: Final = (
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

    Implements `supervisor.control.supervisor_api.SupervisorApi`.

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
        self._started_at = self._clock.monotonic()
        self._state = "starting"
        self._stop_asked = asyncio.Event()
        self._hurry = asyncio.Event()
        self._told_empty = False
        self._reload_asked = asyncio.Event()
        self._reloading = asyncio.Lock()
        self._save_asked = asyncio.Event()
        self._screen_due: asyncio.TimerHandle | None = None
        home = options.home
        self._account = load_credentials(home)
        self.logs = LogCollector(home.logs, settings.logs, self._clock, screen.write)
        self._ground = start.ground
        self._heartbeats = HeartbeatTable(start.ground.heartbeats)
        self._spawner = self._make_spawner(start)
        self._plugin_files = self._look_at_plugins()
        self._blocklist = Blocklist(_blocklist_path(home, settings), self._clock)
        self._fleet = FleetManager(
            settings,
            FleetParts(
                spawner=self._spawner,
                heartbeats=self._heartbeats,
                blocklist=self._blocklist,
                clock=self._clock,
                credentials=lambda: for_workers(self._account),
                attach_log=self.logs.attach_mesh,
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
        self._addresses: Addresses | None = None
        self._discovery = Discovery(
            (), settings.fleet.discovery_interval, self._clock, self._on_found
        )
        self._control = ControlServer(home.control_socket, self)
        self._notifier = Notifier(os.environ)
        self._fleet.listen(self._on_change)

    # Life

    async def run(self) -> None:
        """Start everything, serve until somebody asks to stop, stop everything."""
        try:
            if await self._unless_stopped(self._start()):
                await self._serve()
        finally:
            await self._stop()

    def request_shutdown(self) -> None:
        """Begin a graceful stop; a second call hurries.  Returns at once."""
        if self._stop_asked.is_set():
            self._hurry.set()
        self._stop_asked.set()

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
        # The zygote first: it loads on the other processor while everything else starts here.
        await self._spawner.start()
        self._blocklist.load()
        if self._playground is not None:
            self._addresses = await self._playground.start()
        self._discovery.configure(self._sources(), self._settings.fleet.discovery_interval)
        await self._control.start()
        self._state = "running"
        log.info(
            "running on %s, PID %d",
            self._options.home.root,
            os.getpid(),
            extra={"event": "supervisor.running"},
        )
        self._notifier.ready(self._summary())

    async def _serve(self) -> None:
        duties: dict[str, Coroutine[Any, Any, None]] = {
            "discovery": self._discovery.run(),
            "heartbeats": self._monitor.watch_heartbeats(),
            "status poll": self._monitor.poll_regularly(),
            "files": self._keep_files(),
            "blocklist file": self._save_blocklist(),
            "reload": self._reload_when_asked(),
            "watchdog": self._notifier.feed_watchdog(),
        }
        if self._playground is not None:
            duties["playground"] = self._playground.keep()
        # The end of any duty, which none has but by an error, ends the supervisor: one that
        # has lost its eyes or its memory must not look as if it worked.
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(duty, name=name) for name, duty in duties.items()]
            await self._stop_asked.wait()
            for task in tasks:
                task.cancel()

    async def _stop(self) -> None:
        """Everything in its order; discovery and monitor have ended with `_serve`."""
        self._state = "stopping"
        self._notifier.stopping()
        log.info("stopping", extra={"event": "supervisor.stopping"})
        self._update_screen()
        await self._fleet.close(self._settings.fleet.shutdown_timeout, self._hurry)
        await self._control.stop()
        await self._spawner.stop()
        if self._playground is not None:
            await self._playground.stop()
        self._blocklist.save()
        self._heartbeats.close()
        self._ground.close()
        log.info("stopped", extra={"event": "supervisor.stopped"})
        self._notifier.close()
        self.logs.close()

    # What the control socket may ask for

    @property
    def blocklist(self) -> OperatorBlocklist:
        """The blocklist; a change wakes the fleet."""
        return OperatorBlocklist(self._blocklist, self._fleet.changed)

    async def save_blocklist(self) -> None:
        """Return when the blocklist is on the disk, or cannot be written (which is reported)."""
        await asyncio.to_thread(self._blocklist.save)

    def get_status(self) -> StatusReport:
        """Return the last known state of everything, without asking anybody."""
        now = self._clock.monotonic()
        records = self._fleet.records.values()
        return StatusReport(
            supervisor=SupervisorStatus(
                pid=os.getpid(),
                state=self._state,
                version=VERSION,
                uptime_seconds=round(now - self._started_at, 3),
                directory=reports.DIRECTORY,
            ),
            totals=reports.totals(records, self._blocklist),
            meshes=tuple(reports.mesh_status(record, now) for record in records),
        )

    def get_health_stats(self) -> HealthStats:
        """Return sums over all workers, without asking anybody."""
        return reports.health_stats(self._fleet.records.values())

    def get_process_health(self, mesh_id: str) -> ProcessHealth | None:
        """Return what is known of one mesh; None when there is no such mesh."""
        record = self._fleet.records.get(mesh_id)
        if record is None:
            return None
        process = record.process
        age = self._monitor.heartbeat_age(process) if process is not None else None
        return reports.process_health(record, self._clock.monotonic(), age)

    async def poll(self) -> PollReport:
        """Ask every worker now; ends when all have answered or a deadline has passed."""
        asked = self._fleet.processes()
        before = self._clock.monotonic()
        await self._monitor.poll()
        duration = self._clock.monotonic() - before
        silent = [p.mesh_id for p in asked if p.last_status is None or p.last_status_at < before]
        return PollReport(
            answers=len(asked) - len(silent),
            total=len(asked),
            duration_ms=round(duration * 1000, 3),
            unanswered=tuple(silent),
            meshes=self.get_status().meshes,
        )

    async def start_mesh(self, mesh_id: str) -> None:
        """Start a mesh that is stopped or failed; nothing happens when it runs."""
        self._refuse_while_stopping()
        self._fleet.start(mesh_id)

    async def stop_mesh(self, mesh_id: str) -> None:
        """Stop a mesh until it is started again; returns when its process is gone."""
        await self._fleet.stop_mesh(mesh_id)

    async def restart_mesh(self, mesh_id: str) -> None:
        """Replace the process of a mesh, or start it; returns when the old one is gone."""
        self._refuse_while_stopping()
        record = self._fleet.records.get(mesh_id)
        old = record.process if record is not None else None
        self._fleet.restart(mesh_id)
        if old is not None:
            # Shielded: whoever asked may leave, others wait for the same end.
            await asyncio.shield(old.exited)

    def get_meshes(self) -> Sequence[WantedMesh]:
        """Return every mesh that discovery wants or that still has a process."""
        return [reports.wanted_mesh(record) for record in self._fleet.records.values()]

    async def discover_now(self) -> DiscoveryReport:
        """Ask all sources for meshes and act on the answer."""
        return await self._discovery.look()

    async def reload(self) -> ReloadReport:
        """Read the settings again and change what changed; `SettingsError` changes nothing."""
        self._refuse_while_stopping()
        # One at a time: a reload waits in the middle, for discovery and for a new zygote.
        async with self._reloading:
            settings = load_settings(self._options.home, os.environ)
            account = load_credentials(self._options.home)
            self._notifier.reloading()
            try:
                return await self._take_over(settings, account)
            finally:
                self._notifier.ready(self._summary())

    # Private: reading settings anew

    async def _take_over(self, settings: Settings, account: CredentialsFile) -> ReloadReport:
        changed = diff(self._settings, settings)
        if account != self._account:
            self._account = account
            self._fleet.send_credentials()
            changed = (*changed, "credentials")
        deferred = tuple(name for name in changed if name.startswith(NEEDS_RESTART))
        before = set(self._fleet.records)
        self._settings = settings
        restarted = self._fleet.configure(settings)
        self._monitor.configure(settings.fleet)
        logging.getLogger().setLevel(settings.logs.level.upper())
        before_files, self._plugin_files = self._plugin_files, self._look_at_plugins()
        if "plugins.modules" in changed or self._plugin_files != before_files:
            await self._spawner.replace(settings.plugins.modules)
            restarted = self._fleet.restart_all("its plug-ins have changed")
        self._discovery.configure(self._sources(), settings.fleet.discovery_interval)
        await self._discovery.look()
        wanted = set(self._fleet.wanted)
        report = ReloadReport(
            changed=tuple(name for name in changed if name not in deferred),
            needs_restart=deferred,
            started=tuple(sorted(wanted - before)),
            stopped=tuple(sorted(before - wanted)),
            restarted=tuple(restarted),
        )
        log.info("settings read again: %s", _in_words(report), extra={"event": "settings.reloaded"})
        return report

    def _refuse_while_stopping(self) -> None:
        if self._stop_asked.is_set():
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
            except MeshvisorError as error:
                log.error(
                    "the settings cannot be used, the old ones hold:\n%s",
                    error,
                    extra={"event": "settings.wrong"},
                )

    # Private: the duties while it serves

    async def _keep_files(self) -> None:
        """Take over what people edit or remove below the home, and end blocks in time."""
        while True:
            await asyncio.sleep(TICK)
            if self._blocklist.reload_if_changed() or self._blocklist.expire():
                self._fleet.changed()
            if self._blocklist.save_due():
                self._save_asked.set()
            await self._control.heal()

    async def _save_blocklist(self) -> None:
        """Write the blocklist after each change, in a thread: the disk may be slow."""
        while True:
            await self._save_asked.wait()
            self._save_asked.clear()
            if self._blocklist.save_due():
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
        return f"{self._state}: {', '.join(parts)}"

    # Private: making parts

    def _make_spawner(self, start: EarlyStart) -> Spawner:
        plugins = self._settings.plugins.modules
        if start.zygote is None:
            return InProcessSpawner(self._options.home.root, plugins, self._heartbeats)
        return ZygoteSpawner(start.ground, plugins, self.logs.attach, start.zygote)

    def _look_at_plugins(self) -> frozenset[tuple[str, int]]:
        """Return what changes whenever a file in `config/plugins/` does."""
        seen = set()
        for path in self._options.home.plugins.glob("[!._]*.py"):
            # It may be a link that leads nowhere, or be gone by now.
            with contextlib.suppress(OSError):
                seen.add((path.name, path.stat().st_mtime_ns))
        return frozenset(seen)

    def _make_playground(self) -> PlaygroundKeeper | None:
        if not self._options.playground:
            return None
        settings = self._settings.playground
        if self._options.rooms is not None:
            settings = settings.model_copy(update={"rooms": self._options.rooms})
        return PlaygroundKeeper(settings, self.logs.attach)

    def _sources(self) -> tuple[Provider, ...]:
        """Return where meshes come from, by the present settings."""
        platform, addresses = self._settings.platform, self._addresses
        server = addresses.server if addresses else platform.server
        found: list[Provider] = [StaticProvider(self._settings.meshes, server)]
        if platform.url:
            found.append(RestProvider(self._rest_options(platform.url, server, "platform")))
        if addresses:
            found.append(RestProvider(self._rest_options(addresses.url, server, "playground")))
        return tuple(found)

    def _rest_options(self, url: str, server: str, source: str) -> RestOptions:
        # What the platform gave us is not for others, and the playground asks for nothing.
        is_platform = source == "platform"
        token = for_workers(self._account).auth_token if is_platform else None
        return RestOptions(
            url=url,
            mode=self._settings.fleet.mesh_mode,
            device_id=self._account.device_id,
            auth_token=token,
            default_server=server,
            source=source,
            keys=Keys.of(self._settings.platform) if is_platform else NO_KEYS,
        )

    async def _unless_stopped(self, start: Coroutine[Any, Any, None]) -> bool:
        """Run `start`; False when somebody asks to stop before it has ended."""
        starting = asyncio.create_task(start, name="start")
        stopping = asyncio.create_task(self._stop_asked.wait(), name="stop asked")
        await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not starting.done():
            starting.cancel()
            await asyncio.wait((starting,))
            return False
        starting.result()
        return not self._stop_asked.is_set()


def _blocklist_path(home: Home, settings: Settings) -> Path:
    """Return where the blocklist is kept.

    Raises:
        SettingsError: something that is no file is there.
    """
    path = home.below(settings.fleet.blocklist_persist_path)
    if path.exists() and not path.is_file():
        raise SettingsError(
            f"fleet.blocklist_persist_path is {path}, which is no file; name a file, such as "
            "config/blocklist.json"
        )
    return path


def _in_words(report: ReloadReport) -> str:
    parts = []
    if report.changed:
        parts.append(f"{', '.join(report.changed)} changed")
    if report.needs_restart:
        parts.append(f"{', '.join(report.needs_restart)} will hold after a restart")
    return "; ".join(parts) or "nothing changed"
