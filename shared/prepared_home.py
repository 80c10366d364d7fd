"""The folders of a home: made where they are missing, and refused where others may look into them.

Owns these checks.  Does not own the files in them (`home_files`), nor what else others may read
(`exposure`).  Called by whatever begins to work on a home, with a supervisor and without.
"""

from __future__ import annotations

import os

from meshvisor.shared import exposure
from meshvisor.shared.errors import SettingsError
from meshvisor.shared.folders import make_folder
from meshvisor.shared.home_files import check_folder
from meshvisor.shared.paths import Home
from meshvisor.shared.single_user import for_others
from meshvisor.shared.system_errors import shortage


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
