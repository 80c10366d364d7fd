"""Reading the settings again while the supervisor runs.

Owns the settings that hold, whether their file is wrong at present, and the order in which new ones
are taken over.  Does not own what a part does with them (`Service.configure`,
`Kernel.after_reload`), nor `meshvisor run --reload`, which starts the supervisor anew
(`supervisor.reload`).  Called by `supervisor.service`.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterable
from typing import Protocol

from meshvisor.shared import exposure
from meshvisor.shared.control.results import ReloadReport, SettingsReport
from meshvisor.shared.errors import MeshvisorError, MissingError, SettingsError
from meshvisor.shared.home_files import check_folder
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.kernel import PluginSettings
from meshvisor.shared.settings.load import diff, load_settings
from meshvisor.shared.settings.model import Settings, needs_restart
from meshvisor.supervisor.children.spawner import in_answers
from meshvisor.supervisor.kernel import Kernel, Reloading
from meshvisor.supervisor.service_contract import QuietService

log = logging.getLogger(__name__)


class Reloads(Protocol):
    """The supervisor, as a reload needs it."""

    def refuse_while_stopping(self) -> None:
        """Raise a `MeshvisorError` when it is too late to begin anything."""
        ...

    def configure(self, settings: Settings) -> None:
        """Give new settings to all services."""
        ...

    def reload_begins(self) -> None:
        """Take in that new settings are being taken over."""
        ...

    def reload_ends(self) -> None:
        """Take in that they have been, or could not be; `reload_begins` came before."""
        ...


class SettingsReload(QuietService):
    """Reloads the settings of one supervisor; make it inside a running event loop.

    Args:
        kernel: whose settings hold until the first reload.
        supervisor: the caller.
        changed: called when the status line may read otherwise.
    """

    def __init__(self, kernel: Kernel, supervisor: Reloads, changed: Callable[[], None]) -> None:
        self._kernel = kernel
        self._supervisor = supervisor
        self._changed = changed
        self.settings = kernel.settings
        """Those that hold."""
        self.wrong_settings: str | None = None
        """Why the file, which has been changed since, cannot be used; None: it can."""
        self._asked = asyncio.Event()
        self._reloading = asyncio.Lock()

    def ask(self) -> None:
        """Reload soon; returns at once."""
        self._asked.set()

    async def run(self) -> None:
        """Reload whenever it was asked for."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            try:
                await self.reload()
            except OSError:
                # Whatever the disk does to a reload, the fleet goes on with the old settings.
                log.exception("the settings cannot be read", extra={"event": "settings.wrong"})
            except SettingsError:
                pass  # logged already; no client waits for an answer
            except MeshvisorError as error:
                extra = {"event": "settings.not_taken_over"}
                log.error("the settings are not taken over: %s", error, extra=extra)

    async def reload(self) -> ReloadReport:
        """Read the settings again and change what changed.

        Raises:
            MeshvisorError: they cannot be used, or it is too late; nothing is changed.
        """
        self._supervisor.refuse_while_stopping()
        # One at a time: a reload waits in the middle, for discovery and for a new zygote.
        async with self._reloading:
            settings = await self._load_changed()
            self._supervisor.reload_begins()
            try:
                return await self._take_over(settings)
            finally:
                self._supervisor.reload_ends()

    async def preview(self) -> SettingsReport:
        """Return the settings that hold, and what a reload would change; changes nothing."""
        changed: tuple[str, ...] = ()
        problem = None
        try:
            changed = diff(self.settings, await asyncio.to_thread(self._read))
        except (MeshvisorError, OSError) as error:
            problem = str(error)
        later = tuple(name for name in changed if needs_restart(name))
        return SettingsReport(
            settings=self.settings.model_dump(mode="json"),
            changed=tuple(name for name in changed if name not in later),
            needs_restart=later,
            problem=problem,
        )

    # Private

    async def _load_changed(self) -> Settings:
        """Read the settings; wrong ones are logged here."""
        home = self._kernel.home_watch
        if not await home.look():
            # There are no settings where it was, and that would mean defaults and no meshes.
            raise MissingError(home.problem or "the home was moved away")
        try:
            # In a thread, as whatever is read below the home: its disk may stand still.
            settings = await asyncio.to_thread(self._read)
        except (SettingsError, MissingError) as error:
            self.wrong_settings = str(error)
            self._changed()
            log.error(
                "the settings cannot be used, the old ones hold:\n%s",
                error,
                extra={"event": "settings.wrong"},
            )
            raise
        self.wrong_settings = None
        return settings

    def _read(self) -> Settings:
        self._kernel.home_watch.check_settings()
        return _read_settings(self._kernel.home)

    async def _take_over(self, settings: Settings) -> ReloadReport:
        kernel = self._kernel
        reloading = Reloading(settings, list(diff(self.settings, settings)))
        self.settings = settings
        self._supervisor.configure(settings)
        renewal = await kernel.spawner.replace(settings.of(PluginSettings).modules)
        if renewal.is_used:
            reloading.plugins_changed = True
            kernel.replace_all_children()
        for take_over in kernel.after_reload:
            await take_over(reloading)
        report = self._report(reloading, ("plugins",) if renewal.needs_restart else ())
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
            skipped_plugins=in_answers(self._kernel.spawner.skipped),
        )


def _read_settings(home: Home) -> Settings:
    exposure.refuse(exposure.of_home(home))
    check_folder(home.plugins)
    settings = load_settings(home, os.environ)
    exposure.refuse(exposure.of_settings(home, settings))
    return settings


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
