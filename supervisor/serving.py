"""From a locked home to a running supervisor: settings and the event loop.

Imported by `supervisor.app` only after the first zygote has been started, because it brings the
rest of the supervisor with it.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import ExitStack
from typing import Final

from meshvisor.shared import exposure
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.home_files import check_folder
from meshvisor.shared.run_options import RunOptions, Screen
from meshvisor.shared.settings.load import load_settings
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.strays import become_subreaper
from meshvisor.shared.threads import make_pool
from meshvisor.supervisor import blocked_signals, signals
from meshvisor.supervisor.children.zygote_start import EarlyStart
from meshvisor.supervisor.service import Supervisor

THREADS: Final = 4
"""For what waits for a disk or a name server: looks for changes in the database, writing the
blocklist and caches.  Each is short, and one that stands still must not hold up the others."""


def serve(options: RunOptions, screen: Screen, start: EarlyStart) -> int:
    """Serve until a stop is asked for, and return the exit code.

    Raises:
        MeshvisorError: it cannot start.
    """
    settings = load_settings(options.home, os.environ)
    check_folder(options.home.plugins)
    exposure.refuse(exposure.of_settings(options.home, settings))
    become_subreaper()
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(_main(options, settings, screen, start))


class _Loop(asyncio.SelectorEventLoop):
    """An event loop that needs no thread at its end."""

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Leave the threads alone: asyncio would start one more to wait for them.

        They have nothing left to do, for the supervisor has waited for all that it gave them.
        """


async def _main(options: RunOptions, settings: Settings, screen: Screen, start: EarlyStart) -> int:
    # All that is ever done in threads, by libraries too, is done in these.
    asyncio.get_running_loop().set_default_executor(make_pool(THREADS, "supervisor"))
    supervisor = Supervisor(options, settings, screen, start)
    with ExitStack() as undo:
        signals.receive(supervisor, undo)
        blocked_signals.release()
        try:
            await supervisor.run()
        except* MeshvisorError as group:
            # One cause is one sentence; it came out of a task group only by the way.
            raise group.exceptions[0] from None
        finally:
            # Between these handlers and none, one more Ctrl+C would end this process by a signal.
            blocked_signals.hold()
    signals.ignore()
    return 0
