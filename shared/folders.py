"""Folders that only their owner may use.

Owns the one way in which the product makes a folder.  Standard library only: the supervisor needs
it before it loads the rest of itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

FOLDER_MODE: Final = 0o700


def make_folder(path: Path) -> None:
    """Make a folder and those above it that are missing, all of them closed to others.

    Those that are there keep their modes.  `Path.mkdir` would make the ones above with the mode
    that the umask leaves, so that a `var` that was removed would come back open to others.

    Raises:
        OSError: one of them cannot be made, or something else is in its place.
    """
    if path.is_dir():
        return
    if path.parent != path:
        make_folder(path.parent)
    path.mkdir(mode=FOLDER_MODE, exist_ok=True)
