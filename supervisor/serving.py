"""From a locked home to a running supervisor: settings and the event loop.

Imported by `supervisor.app` only after the first zygote has been started, because it brings the
rest of the supervisor with it.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import ExitStack

from shared import exposure
from shared.errors import MeshvisorError
from shared.home_files import check_folder
from shared.settings.load import load_settings
from shared.settings.model import Settings
from supervisor import held_signals, signals
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
    check_folder(options.home.plugins)
    exposure.refuse(exposure.of_settings(options.home, settings))
    become_subreaper()
    return asyncio.run(_main(options, settings, screen, start))


async def _main(options: RunOptions, settings: Settings, screen: Screen, start: EarlyStart) -> int:
    supervisor = Supervisor(options, settings, screen, start)
    with ExitStack() as undo:
        signals.receive(supervisor, undo)
        held_signals.release()
        try:
            await supervisor.run()
        except* MeshvisorError as group:
            # One cause is one sentence; it came out of a task group only by the way.
            raise group.exceptions[0] from None
    signals.ignore()
    return 0
