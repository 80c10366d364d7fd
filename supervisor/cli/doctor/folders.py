"""The home folder: there, ours, closed to others, with room on its disk."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from meshvisor.shared import exposure
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.single_user import VARIABLE, for_others, is_single_user
from meshvisor.supervisor.cli.doctor.finding import Finding, fail, ok, warn
from meshvisor.supervisor.cli.human import size

LITTLE_SPACE: Final = 500_000_000
"""Bytes; as much as the log folder may take by default."""

NO_SPACE: Final = 20_000_000
"""Bytes; less, and the blocklist or the database may not be written any more."""


def check(home: Home) -> Iterator[Finding]:
    """Look at the folders and files that exist."""
    root = home.root
    if not root.is_dir():
        yield fail("home", f"{root} is no folder", f"mkdir -m 700 {root}, or name another --home")
        return
    if not os.access(root, os.W_OK | os.X_OK):
        yield fail("home", f"{root} is not writable for you", f"chown it: ls -ld {root}")
        return
    yield ok("home", str(root))
    yield from _modes(home)
    yield _space(root)


def check_named(home: Home, settings: Settings) -> Iterator[Finding]:
    """Look at the files and modules that settings name."""
    for found in dict.fromkeys(exposure.of_settings(home, settings, exposure.user_of(home))):
        yield fail("permissions", found.text, found.remedy)


# Private


def _modes(home: Home) -> Iterator[Finding]:
    wrong = list(_too_open(home))
    named = {path for path, _, _ in wrong}
    found_all = exposure.of_home(home, exposure.user_of(home))
    exposed = [found for found in dict.fromkeys(found_all) if found.path not in named]
    loose = list(_writable_by_a_group(home, {found.path for found in exposed}))
    if is_single_user():
        yield ok(
            "permissions", f"modes are not looked at: {VARIABLE} says that no other user is here"
        )
    elif not wrong and not exposed and not loose:
        yield ok("permissions", "folders and files with secrets or code are closed to others")
    for path, mode, wanted in wrong:
        yield fail(
            "permissions",
            f"{path} may be used by others (mode {mode:04o})",
            f"chmod {wanted:o} {path}",
        )
    for found in exposed:
        yield fail("permissions", found.text, found.remedy)
    yield from loose
    for path in (home.var, home.run, home.logs):
        if path.exists() and not os.access(path, os.W_OK):
            yield fail("permissions", f"{path} is not writable for you", f"chown it: ls -ld {path}")


def _too_open(home: Home) -> Iterator[tuple[Path, int, int]]:
    wanted = {
        home.var: 0o700,
        home.run: 0o700,
        home.credentials_file: 0o600,
    }
    for path, allowed in wanted.items():
        if path.exists():
            mode = stat.S_IMODE(path.stat().st_mode)
            if for_others(mode & ~allowed):
                yield path, mode, allowed


def _writable_by_a_group(home: Home, named: Collection[Path]) -> Iterator[Finding]:
    """Look for folders where a group may replace files that has no other members at present.

    Git makes folders so where every user has a group of their own: no reason not to run.
    """
    for path in (home.root, home.config, home.plugins):
        mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0
        if for_others(mode) & stat.S_IWGRP and path not in named:
            yield warn(
                "permissions",
                f"{path} decides what runs here, and every user who comes into its group may "
                f"change it (mode {mode:04o})",
                f"chmod g-w {path}",
            )


def _space(root: Path) -> Finding:
    free = shutil.disk_usage(root).free
    text = f"{size(free)} free"
    if free < NO_SPACE:
        return fail("disk", text, "free some space: logs and the blocklist cannot be written")
    if free < LITTLE_SPACE:
        return warn("disk", text, "free some space, or lower [logs] folder_cap_mb")
    return ok("disk", text)
