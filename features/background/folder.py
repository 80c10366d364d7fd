"""The folder of the files: which one by default, and whether it is safe.

Another user who may write to it could put a link where we are about to write, and have us overwrite
a file of our own.  So one that others may write to is refused, `/tmp` among them.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from shlex import quote
from typing import Final

from meshvisor.shared.current_folder import absolute
from meshvisor.shared.errors import MissingError, UsageError
from meshvisor.shared.folders import FOLDER_MODE, make_folder

VARIABLE: Final = "MESHVISOR_PID_DIR"
"""Names another folder than the default, as `--pid-dir` does."""

_RUNTIME: Final = "/run/user"
"""Where a user's own folder is on most systems, also if the session's environment does not name
it."""


def choose_folder(given: str | None) -> Path:
    """Return the folder that was named, or the user's own; it need not be there.

    Raises:
        MissingError: none was named, and the user has no home folder.
    """
    if named := given or os.environ.get(VARIABLE):
        return Path(absolute(named))
    for folder in own_folders():
        return folder
    raise MissingError("this user has no home folder; name a folder for the files with --pid-dir")


def own_folders() -> Iterator[Path]:
    """Yield the folders of the user's own, the one that is used first.

    Which of them there are depends on how the user has come to the machine: a runtime folder goes
    with their last session.
    """
    user = str(os.geteuid())
    for text in dict.fromkeys((os.environ.get("XDG_RUNTIME_DIR", ""), f"{_RUNTIME}/{user}")):
        if os.path.isabs(text) and _is_private(Path(text)):
            yield Path(text) / "meshvisor"
    state = os.environ.get("XDG_STATE_HOME", "")
    with suppress(RuntimeError):  # there need not be a home folder
        home = Path(state) if os.path.isabs(state) else Path.home() / ".local" / "state"
        yield home / "meshvisor" / "background"


def command_line(words: str, folder: Path, rest: str = "") -> str:
    """Return a command line of ours for a folder, for people to copy.

    Args:
        words: the command and its arguments.
        folder: where its files are.
        rest: what stands behind all options.
    """
    at = "" if folder == choose_folder(None) else f" --pid-dir {quote(str(folder))}"
    return f"meshvisor {words}{at}{rest}"


def prepare_folder(folder: Path, *, force: bool, force_option: str = "--force") -> None:
    """Make a folder for files that are about to be written, and see that no other user may write.

    Args:
        folder: the folder; made as 0700 where it is missing.
        force: whether it may be one that others may write to.
        force_option: what its user writes to say so.

    Raises:
        UsageError: others may.
        MissingError: it cannot be made or used.
    """
    try:
        make_folder(folder)
        found = folder.stat()
    except OSError as error:
        raise MissingError(
            f"the folder {folder} cannot be used: {error.strerror}; name another with --pid-dir"
        ) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise MissingError(
            f"this user may not write to {folder}; name another folder with --pid-dir"
        )
    mode = stat.S_IMODE(found.st_mode)
    if force:
        return
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise UsageError(
            f"others may write to {folder} (mode {mode:04o}) and could put links in the place of "
            f"its files; name a folder of your own with --pid-dir, or write {force_option} where "
            "you trust all users of this machine"
        )
    if found.st_uid not in (os.geteuid(), 0):
        raise UsageError(
            f"{folder} belongs to another user, who could put links in the place of its files; "
            f"name a folder of your own with --pid-dir, or write {force_option} where you trust "
            "that user"
        )


# Private


def _is_private(folder: Path) -> bool:
    try:
        found = folder.stat()
    except OSError:
        return False
    closed = stat.S_IMODE(found.st_mode) == FOLDER_MODE
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and closed
