"""The process of `meshvisor run` around the supervisor: home, lock, limits and the first zygote.

Owns what comes before anything heavy is imported, and releases it at the very end.  Does not own
settings and the event loop (`supervisor.serving`), nor what a supervisor is made of
(`supervisor.composition`).  Called by the command line.
"""

from __future__ import annotations

import os
import resource

from meshvisor.shared import exposure
from meshvisor.shared.errors import MissingError, SettingsError
from meshvisor.shared.folders import make_folder
from meshvisor.shared.home_files import check_folder
from meshvisor.shared.paths import Home
from meshvisor.shared.single_user import for_others
from meshvisor.shared.system_errors import shortage
from meshvisor.supervisor import blocked_signals, collection
from meshvisor.supervisor.children.zygote_start import EarlyStart, SharedResources, start_zygote
from meshvisor.supervisor.lock import HomeLock
from meshvisor.supervisor.options import RunOptions, Screen


def run(options: RunOptions, screen: Screen) -> int:
    """Run the fleet until it is told to stop, and return the exit code.

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


def prepare_home(home: Home) -> None:
    """Make the folders of a home.

    Raises:
        SettingsError: one of them cannot be made or looked at, others may look into what is ours
            alone, or may change what is read or run here (`shared.exposure`).
        MissingError: something else is in the place of one of them.
    """
    check_places(home)
    try:
        check_closed(home)
        exposure.refuse(exposure.of_home(home))
        for folder in (home.config, home.var, home.logs, home.run):
            make_folder(folder)
    except OSError as error:
        raise shortage(error) or SettingsError(
            f"{error.filename} cannot be used or made ({error.strerror}); choose another --home, "
            "or make it writable for this user"
        ) from error


def check_places(home: Home) -> None:
    """Refuse what is no folder, or leads to none, where a folder of ours belongs.

    Raises:
        MissingError: with what is there and what to do.
    """
    for folder in (home.config, home.var, home.logs, home.run):
        if os.path.lexists(folder) and not os.path.isdir(folder):
            check_folder(folder)


def check_closed(home: Home) -> None:
    """Refuse folders of ours that others may enter.

    Raises:
        SettingsError: one of them may be.
        OSError: one of them cannot be looked at.
    """
    for folder in (home.var, home.run):
        mode = folder.stat().st_mode & 0o777 if folder.exists() else 0
        if for_others(mode):
            raise SettingsError(
                f"{folder} holds a control socket and others may enter it (mode {mode:04o}): "
                f"chmod 700 {folder}"
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

    Only the soft limit: somebody who looks for a fault in native code may raise it again.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
