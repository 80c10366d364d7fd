"""The supervisor's side of zygotes: which one is in use, its children, replacing it.

Owns when a zygote is started, used and dismissed.  Does not own what is said between the two
(`zygote_process`), nor children: they are handed out as `Child` and live on when the zygote dies
(`forked_children`).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
from collections.abc import Callable
from typing import Final

from meshvisor.shared.model.exits import ExitCause
from meshvisor.shared.protocol.zygote import MAX_DATAGRAM, Load, PluginReport
from meshvisor.shared.system_errors import explain
from meshvisor.supervisor.children.forked_children import ForkedChildren
from meshvisor.supervisor.children.plugin_trials import NONE, Trial, load_all_that_work
from meshvisor.supervisor.children.spawner import (
    Child,
    Renewal,
    SkippedPlugin,
    SpawnError,
    SpawnOrder,
    report_loaded,
    report_skipped,
)
from meshvisor.supervisor.children.zygote_process import SPAWN_DEADLINE, ZygoteOwner, ZygoteProcess
from meshvisor.supervisor.children.zygote_start import SharedResources, StartedZygote, start_zygote
from meshvisor.supervisor.service_contract import QuietService, Stopping
from meshvisor.supervisor.wordings import NO_ZYGOTE

log = logging.getLogger(__name__)

RESTART_PAUSE: Final = 1.0
"""Seconds between two starts of a zygote that dies before it is ready."""

COMPARE: Final = SpawnOrder("meshvisor.worker.zygote.preload:compare", "comparison", 0, {}, "check")
"""The child that exits with 1 when the code of the plug-ins has changed since the load, else with
0.  One that does either shows that its zygote works."""

COMPARE_PATIENCE: Final = 10.0
"""Seconds that a reload waits for a zygote which can compare, while the one before has died."""

COMPARE_PAUSE: Final = 0.1
"""Seconds between two attempts."""

COMPARE_DEADLINE: Final = 15.0
"""Seconds for reading some files; after them a disk counts as one whose files have changed."""

DEATHS: Final = 3
"""Ends of zygotes within `DEATHS_WINDOW` after which plug-ins are suspected."""

DEATHS_WINDOW: Final = 60.0
"""Seconds; one that hangs needs 30 to be found out."""

ALL_PLUGINS: Final = "config/plugins"
"""The name in reports when no single one is to blame."""

RECOVERY_PAUSE: Final = 10.0
"""Seconds until plug-ins are tried again when none is to blame: the machine may have lacked
something.  Doubles each time."""

LONGEST_RECOVERY_PAUSE: Final = 600.0
"""Seconds."""

LONGEST_PARAMS: Final = MAX_DATAGRAM // 2
"""Characters of a child's start parameters; a datagram that is cut short would be garbage."""

AttachLog = Callable[[str, int], None]


class ZygoteSpawner(QuietService):
    """Starts children by forking a zygote; replaces the zygote when it dies.

    Args:
        resources: what all zygotes share; the spawner closes it.
        plugins: modules that are loaded beside those in `config/plugins/`.
        attach_log: given a name and the read end of a pipe with the zygote's output.
        first: a zygote that has been started already; None: `start` does it.
    """

    def __init__(
        self,
        resources: SharedResources,
        plugins: tuple[str, ...],
        attach_log: AttachLog,
        first: StartedZygote | None = None,
    ) -> None:
        self._resources = resources
        self._load = Load(plugins)
        self._attach_log = attach_log
        self._first = first
        self._zygote: ZygoteProcess | None = None
        """The zygote that forks children at present."""
        self._others: set[ZygoteProcess] = set()
        """Zygotes on trial, and dismissed ones that have not ended yet."""
        self._deaths: list[float] = []
        """When zygotes ended by themselves, in seconds of the loop."""
        self._renewing = asyncio.Lock()
        self._recovery: asyncio.Task[None] | None = None
        self._code: str | None = None
        """Digest of the code of plug-ins in the newest zygote that has loaded all of them."""
        self._differs = False
        """Whether there may be children with other code than that: their zygote has died."""
        self._forked_without = False
        """Whether there are children without plug-ins, because these were under suspicion."""
        self._children = ForkedChildren(self._living)
        self._plugins: tuple[PluginReport, ...] = ()
        self._skipped: tuple[SkippedPlugin, ...] = ()
        self._on_plugins: Callable[[tuple[PluginReport, ...]], None] = lambda reports: None
        self._on_renewed: Callable[[], object] = lambda: None
        self._keeper: asyncio.Task[None] | None = None
        self.problem: str | None = None
        """Why no zygote can be started at present, in one sentence; None: it can."""
        self._stopping = False

    @property
    def plugins(self) -> tuple[PluginReport, ...]:
        """How the loading of the plug-ins went, in the newest zygote."""
        return self._plugins

    @property
    def skipped(self) -> tuple[SkippedPlugin, ...]:
        """Plug-ins that are not in use as they are on the disk, until they are mended."""
        return self._skipped

    @property
    def child_pids(self) -> set[int]:
        """PIDs of all living children."""
        return self._children.pids

    @property
    def pid(self) -> int | None:
        """PID of the zygote, None while there is none."""
        return self._zygote.process.pid if self._zygote else None

    async def start(self) -> None:
        """Start the zygote; returns at once, `spawn` waits until it is ready."""
        if self._zygote is None and not self._stopping:
            self._zygote = self._launch(self._load)

    async def spawn(self, order: SpawnOrder) -> Child:
        """Fork a child.

        Raises:
            SpawnError: there is no zygote, it died meanwhile, or it could not fork.
        """
        if len(json.dumps(order.params)) > LONGEST_PARAMS:
            raise SpawnError("its start parameters are too long; shorten fleet.command_prefix")
        while (zygote := self._zygote) is not None:
            try:
                child = await self._fork(zygote, order)
            except SpawnError:
                if zygote.is_dismissed and not zygote.fault and zygote is not self._zygote:
                    continue  # a reload has replaced it by one with other plug-ins
                raise
            self._forked_without |= zygote.load.only is not None
            return child
        raise SpawnError("the zygote is being replaced")

    async def _fork(self, zygote: ZygoteProcess, order: SpawnOrder) -> Child:
        await asyncio.shield(zygote.ready)
        ours, theirs, log_read, log_write = _make_lines()
        try:
            with theirs:
                pid, pidfd = await zygote.ask(order, theirs.fileno(), log_write)
        except BaseException:
            ours.close()
            os.close(log_read)
            raise
        finally:
            os.close(log_write)
        exited = self._children.watch(zygote, pid, pidfd)
        return Child(
            pid=pid,
            channel=ours,
            log=log_read,
            exited=exited,
            signal=lambda number: self._children.signal(pid, exited, number),
        )

    def on_plugins(self, loaded: Callable[[tuple[PluginReport, ...]], None]) -> None:
        """Have `loaded` called each time the plug-ins have been loaded."""
        self._on_plugins = loaded

    def on_renewed(self, renewed: Callable[[], object]) -> None:
        """Have `renewed` called when later children have other code without a `replace`."""
        self._on_renewed = renewed

    async def replace(self, plugins: tuple[str, ...]) -> Renewal:
        """Load the plug-ins into a second zygote, and use that if it is no loss; children live on.

        A plug-in that is skipped at present is tried again, even if its file is as it was: what it
        lacks may be elsewhere.
        """
        if self._recovery is not None:
            self._recovery.cancel()
        async with self._renewing:
            have_changed = plugins != self._load.plugins or await self._have_changed()
            if not have_changed and not self._skipped:
                return Renewal(is_used=False)
            used = {report.name for report in self._plugins if report.ok}
            trial = await load_all_that_work(self._try_out, plugins, frozenset(used))
            if not have_changed and trial.reports == self._plugins and trial.zygote is not None:
                trial.zygote.dismiss()
                # What was broken is as it was when it was loaded.
                self._skipped = _failures(self._plugins)
                return Renewal(is_used=False)
            return Renewal(is_used=self._settle(trial, used))

    async def stop(self, _stopping: Stopping) -> None:
        """End the zygote and, through the lifeline, whatever child still lives; idempotent."""
        if self._stopping:
            return
        self._stopping = True
        self._children.stop()
        for task in (self._keeper, self._recovery):
            if task is not None:
                task.cancel()
        zygotes = self._living()
        self._zygote = None
        for zygote in zygotes:
            zygote.close()
            zygote.dismiss()
        for zygote in zygotes:
            await zygote.process.exited
        self._resources.close()
        await self._children.all_ended()

    def _living(self) -> list[ZygoteProcess]:
        """Return those that have not ended, or whose end has not been taken in yet."""
        return [*self._others, *([self._zygote] if self._zygote is not None else [])]

    # Other plug-ins

    async def _have_changed(self) -> bool:
        """Return whether the plug-ins have other code than the children.

        Only a zygote knows that; one that has just died has a successor in a moment.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + COMPARE_PATIENCE
        while True:
            if (zygote := self._zygote) is not None:
                with contextlib.suppress(SpawnError):
                    return await self._compare(zygote) or self._differs
            if loop.time() >= end:
                return True
            await asyncio.sleep(COMPARE_PAUSE)

    async def _compare(self, zygote: ZygoteProcess) -> bool:
        """Have a fork of a zygote compare the files of its plug-ins with what it has loaded.

        Raises:
            SpawnError: there was no answer.
        """
        child = await self._fork(zygote, COMPARE)
        assert child.log is not None
        os.close(child.log)
        try:
            async with asyncio.timeout(COMPARE_DEADLINE):
                cause = await asyncio.shield(child.exited)
        except TimeoutError:
            raise SpawnError("could not read the plug-ins in time") from None
        finally:
            child.signal(signal.SIGKILL)
            child.channel.close()
        if cause.code not in (0, 1):
            raise SpawnError(f"is of no use: its child {cause}")
        return cause.code == 1

    async def _try_out(self, load: Load) -> Trial:
        """Start a zygote beside the one in use, and see whether it works."""
        if self._stopping:
            return Trial(load, None, why="is not needed any more")
        try:
            zygote = self._launch(load)
        except OSError as error:
            return Trial(load, None, why=f"cannot be started: {error.strerror}")
        self._others.add(zygote)
        try:
            async with asyncio.timeout(SPAWN_DEADLINE):
                await self._compare(zygote)
        except SpawnError as error:
            zygote.dismiss("" if zygote.is_over else f"could not fork a worker ({error})")
        except TimeoutError:
            zygote.dismiss("is not ready in time")
        except BaseException:
            zygote.dismiss()
            raise
        else:
            return Trial(load, zygote, tuple(zygote.reports))
        cause = await asyncio.shield(zygote.process.exited)
        reports, why = tuple(zygote.reports), zygote.fault or str(cause)
        return Trial(load, None, reports, zygote.loading, why)

    def _settle(self, trial: Trial, used: set[str]) -> bool:
        """Use the zygote of a trial; False when that would lose a plug-in that is in use."""
        failures = [report for report in trial.reports if not report.ok]
        if trial.load.only == NONE:
            failures = []
        if trial.zygote is not None and not any(_concerns(report, used) for report in failures):
            self._use(trial.zygote)
            return True
        if trial.zygote is not None:
            trial.zygote.dismiss()
        elif not failures:
            together = f"with its plug-ins the zygote {trial.why}"
            if trial.load.only == NONE:
                together = (
                    f"a new zygote {trial.why}, even without plug-ins: the machine lacks something"
                )
            failures = [PluginReport(ALL_PLUGINS, ok=False, error=together)]
        self._skipped = tuple(SkippedPlugin(report, _concerns(report, used)) for report in failures)
        report_skipped(self._skipped)
        return False

    def _use(self, zygote: ZygoteProcess) -> None:
        """Fork from this one from now on, and dismiss the other.

        Not a coroutine: the caller may leave, and those that have to know of other code
        are notified in the same step.
        """
        old, self._zygote, self._load = self._zygote, zygote, zygote.load
        self._code, self._differs = zygote.code, False
        self._others.discard(zygote)
        self._deaths.clear()
        if self._keeper is not None:
            self._keeper.cancel()
        self._publish(zygote)
        if old is not None:
            self._others.add(old)
            old.dismiss()

    def _publish(self, zygote: ZygoteProcess) -> None:
        self._plugins = tuple(zygote.reports)
        self._skipped = _failures(self._plugins)
        report_loaded(self._plugins)
        report_skipped(self._skipped)
        self._on_plugins(self._plugins)

    async def _recover(self) -> None:
        """Find out which plug-ins end the zygote, and load the others."""
        async with self._renewing:
            pause = RECOVERY_PAUSE
            while not self._settle(
                await load_all_that_work(self._try_out, self._load.plugins), set()
            ):
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_RECOVERY_PAUSE)
            if self._forked_without:
                self._on_renewed()

    # The zygote's life

    def _launch(self, load: Load) -> ZygoteProcess:
        started, self._first = self._first or start_zygote(self._resources), None
        log.debug("the zygote starts", extra={"event": "zygote.start"})
        owner = ZygoteOwner(self._ready, self._children.reported, self._zygote_ended)
        try:
            zygote = ZygoteProcess(started, load, owner)
        except BaseException:  # no descriptor is left to watch it with
            os.kill(started.pid, signal.SIGKILL)
            started.channel.close()
            os.close(started.output)
            raise
        self._attach_log("zygote", started.output)
        return zygote

    def _ready(self, zygote: ZygoteProcess) -> None:
        if zygote is self._zygote:
            if zygote.load.only is None:
                self._differs |= self._code not in (None, zygote.code)
                self._code = zygote.code
            self._publish(zygote)

    def _zygote_ended(self, zygote: ZygoteProcess, cause: ExitCause) -> None:
        if self._stopping:
            return
        self._others.discard(zygote)
        is_current = zygote is self._zygote
        if is_current:
            self._zygote = None
        self._children.adopt_from(zygote)
        if is_current:
            self._replace_dead(zygote, cause)

    def _replace_dead(self, zygote: ZygoteProcess, cause: ExitCause) -> None:
        log.error(
            "the zygote %s; workers go on, a new one starts",
            zygote.fault or cause,
            extra={"event": "zygote.exit"},
        )
        loop = asyncio.get_running_loop()
        self._deaths = [at for at in self._deaths if loop.time() - at < DEATHS_WINDOW]
        if zygote.has_forked:
            self._deaths.clear()  # it worked, so another process has ended it
        else:
            self._deaths.append(loop.time())
        was_ready = zygote.ready.exception() is None
        if zygote.fault and not was_ready:
            # One that hangs has cost more time than several that die.
            self._deaths += [loop.time()] * DEATHS
        loads_any = bool(zygote.loading) or any(report.ok for report in zygote.reports)
        if len(self._deaths) >= DEATHS and loads_any and self._recovery is None:
            self._suspect_plugins()
        if not was_ready or not self._launched():
            self._keeper = loop.create_task(self._launch_later(), name="zygote-restart")

    def _suspect_plugins(self) -> None:
        """Load none of them for now, so that bots have a life, and try one after another."""
        log.error(
            "%d zygotes have ended within %g s: workers are started without plug-ins until it is "
            "known which one is the cause",
            len(self._deaths),
            DEATHS_WINDOW,
            extra={"event": "plugin.suspected"},
        )
        self._forked_without = False
        self._load = Load(self._load.plugins, only=NONE)
        self._recovery = asyncio.get_running_loop().create_task(
            self._recover(), name="plug-in trials"
        )
        self._recovery.add_done_callback(self._recovered)

    def _recovered(self, recovery: asyncio.Task[None]) -> None:
        self._recovery = None
        if not recovery.cancelled() and (error := recovery.exception()) is not None:
            log.error("the trials of plug-ins have failed", exc_info=error)

    async def _launch_later(self) -> None:
        while True:
            await asyncio.sleep(RESTART_PAUSE)
            if self._launched():
                return

    def _launched(self) -> bool:
        """Launch; False when the machine cannot just now."""
        try:
            self._zygote = self._launch(self._load)
        except Exception as error:  # noqa: BLE001 - no other code would ever try again
            problem = NO_ZYGOTE.said(why=explain(error) or repr(error))
            if problem != self.problem:
                log.error("%s It is tried again.", problem, extra={"event": "zygote.not_started"})
            self.problem = problem
            return False
        self.problem = None
        return True


def _failures(reports: tuple[PluginReport, ...]) -> tuple[SkippedPlugin, ...]:
    """Return what a zygote could not load."""
    return tuple(SkippedPlugin(report) for report in reports if not report.ok)


def _concerns(report: PluginReport, used: set[str]) -> bool:
    """Return whether a report is about a plug-in that is in use, or about all of them."""
    return report.name in used or (report.name == ALL_PLUGINS and bool(used))


def _make_lines() -> tuple[socket.socket, socket.socket, int, int]:
    """Return both ends of a channel, and the read and the write end of a log pipe.

    Raises:
        SpawnError: no descriptors are left.
    """
    try:
        ours, theirs = socket.socketpair()
        try:
            return ours, theirs, *os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            ours.close()
            theirs.close()
            raise
    except OSError as error:
        raise SpawnError(f"its channel cannot be made: {error.strerror}") from error
