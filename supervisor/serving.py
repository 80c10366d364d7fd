"""From a locked home to a running supervisor: settings, signals and the event loop.

Imported by `supervisor.app` only after the first zygote has been started, because it brings the
rest of the supervisor with it.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import ExitStack

from shared import exposure
from shared.errors import MeshvisorError
from shared.settings.load import load_settings
from shared.settings.model import Settings
from supervisor import held_signals
from supervisor.children.zygote_start import EarlyStart
from supervisor.options import RunOptions, Screen
from supervisor.process import become_subreaper
from supervisor.service import Supervisor


def serve(options: RunOptions, screen: Screen, start: EarlyStart) -> int:
    """Serve until somebody asks to stop, and return the exit code.

    Raises:
        MeshvisorError: it cannot start.
    """
    settings = load_settings(options.home, os.environ)
    exposure.refuse(exposure.of_settings(options.home, settings))
    become_subreaper()
    return asyncio.run(_main(options, settings, screen, start))


async def _main(options: RunOptions, settings: Settings, screen: Screen, start: EarlyStart) -> int:
    supervisor = Supervisor(options, settings, screen, start)
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
        held_signals.release()
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
