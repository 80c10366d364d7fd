"""The composition root: the one place that knows every part, and the life of `meshvisor run`.

Owns the order of starting and stopping.  Does not own what any part does.
"""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import signal
from collections.abc import Callable
from contextlib import ExitStack

from shared.errors import MeshvisorError, SettingsError
from shared.paths import Home
from shared.settings.load import load_settings
from shared.settings.model import Settings
from supervisor.lock import HomeLock
from supervisor.options import RunOptions, Screen
from supervisor.process import become_subreaper
from supervisor.service import Supervisor

log = logging.getLogger(__name__)


def run(options: RunOptions, screen: Screen) -> int:
    """Run the fleet until it is told to stop, and return the exit code.

    Raises:
        MeshvisorError: it cannot start; nothing is left running.
    """
    settings = load_settings(options.home, os.environ)
    prepare_home(options.home)
    _raise_descriptor_limit()
    os.chdir(options.home.root)
    with HomeLock(options.home):
        become_subreaper()
        return asyncio.run(_main(options, settings, screen))


def prepare_home(home: Home) -> None:
    """Make the folders of a home.

    Raises:
        SettingsError: one of them cannot be made, or others may look into it.
    """
    try:
        for folder in (home.config, home.var, home.logs, home.run):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"{error.filename} cannot be made ({error.strerror}); choose another --home, or make "
            "it writable for this user"
        ) from error
    for folder in (home.var, home.run):
        mode = folder.stat().st_mode & 0o777
        if mode & 0o077:
            raise SettingsError(
                f"{folder} holds a control socket and others may enter it (mode {mode:04o}): "
                f"chmod 700 {folder}"
            )


async def _main(options: RunOptions, settings: Settings, screen: Screen) -> int:
    supervisor = Supervisor(options, settings, screen)
    loop = asyncio.get_running_loop()
    with ExitStack() as undo:
        # Handlers only note that a signal came; the supervisor acts on it in its own time.
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, supervisor.request_shutdown)
            undo.callback(loop.remove_signal_handler, number)
        loop.add_signal_handler(signal.SIGHUP, _on_hangup(supervisor))
        undo.callback(loop.remove_signal_handler, signal.SIGHUP)
        loop.add_signal_handler(signal.SIGCHLD, supervisor.reap_orphans)
        undo.callback(loop.remove_signal_handler, signal.SIGCHLD)
        try:
            await supervisor.run()
        except* MeshvisorError as group:
            # One cause is one sentence; it came out of a task group only by the way.
            raise group.exceptions[0] from None
    return 0


def _on_hangup(supervisor: Supervisor) -> Callable[[], None]:
    """Return what to do on SIGHUP: read the settings again, or stop when the terminal is gone.

    Both send the same signal; a terminal that has closed is none any more.
    """
    on_terminal = os.isatty(0)

    def act() -> None:
        if on_terminal and not os.isatty(0):
            supervisor.request_shutdown()
        else:
            supervisor.request_reload()

    return act


def _raise_descriptor_limit() -> None:
    """Use all descriptors that this user may have: each worker takes three of them."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
