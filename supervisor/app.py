"""The process of `meshvisor run` around the supervisor: home, lock, limits and the first zygote.

Owns what comes before anything heavy is imported, and releases it at the very end.  Does not own
settings and the event loop (`supervisor.serving`), nor what a supervisor is made of
(`supervisor.composition`).  Called by the command line.
"""

from __future__ import annotations

import os
import resource

from meshvisor.shared.errors import MissingError
from meshvisor.shared.home_lock import HomeLock
from meshvisor.shared.prepared_home import prepare_home
from meshvisor.shared.run_options import RunOptions, Screen
from meshvisor.supervisor import blocked_signals, collection
from meshvisor.supervisor.children.zygote_start import EarlyStart, SharedResources, start_zygote
from meshvisor.supervisor.pydantic_alone import keep_alone


def run(options: RunOptions, screen: Screen) -> int:
    """Run the fleet until it is asked to stop, and return the exit code.

    Raises:
        MeshvisorError: it cannot start; nothing is left running.
    """
    blocked_signals.hold()
    collection.pause()
    try:
        return _run(options, screen)
    finally:
        collection.resume()
        blocked_signals.release()


def _run(options: RunOptions, screen: Screen) -> int:
    _check_proc()
    prepare_home(options.home)
    open_files = _raise_descriptor_limit()
    _write_no_core()
    os.chdir(options.home.root)
    # A command may have the home for a moment; waiting for that can still be interrupted.
    with HomeLock(options.home, blocked_signals.pause) as lock:
        resources = SharedResources(str(options.home.root), open_files=open_files)
        try:
            # The zygote loads on one processor while the rest of the supervisor, imported below
            # for that reason, loads on another: a quarter of a second of every start.
            zygote = None if options.single_process else start_zygote(resources)
            keep_alone()
            from meshvisor.supervisor.serving import serve

            return serve(options, screen, EarlyStart(lock, resources, zygote))
        finally:
            resources.close()


def _check_proc() -> None:
    """Refuse a container without /proc: no child could be kept there, and each would say so.

    Raises:
        MissingError: it is not there.
    """
    if not os.path.isdir("/proc/self/fd"):
        raise MissingError(
            "/proc is not mounted, and without it no child can be watched; give the container the "
            "usual one, or mount it: mount -t proc proc /proc"
        )


def _raise_descriptor_limit() -> int:
    """Use all descriptors that this user may have: each worker takes three of them.

    Returns how many there could be before, which is what children are given.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return soft


def _write_no_core() -> None:
    """Leave no memory behind in a file, here and in all children: it holds the bot's token.

    Only the soft limit: an operator who debugs native code may raise it again.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
