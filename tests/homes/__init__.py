"""Homes as versions before this one have left them, written by these versions themselves.

`before_transports` is of the last commit without transports: three meshes in the settings, of which
one was stopped and one was blocked, an account, an admin and one that was removed, a permission,
and a job from a chat that was paused between its two items.  Its database is kept as SQL.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from meshvisor.shared.paths import Home

FOLDER: Final = Path(__file__).parent


def restore(name: str, home: Home) -> None:
    """Put one of them into an empty home, closed to others as it was."""
    shutil.copytree(
        FOLDER / name / "config", home.config, ignore=shutil.ignore_patterns("__pycache__")
    )
    home.var.mkdir()
    with closing(sqlite3.connect(home.database, isolation_level=None)) as db:
        db.executescript((FOLDER / name / "meshvisor.sql").read_text())
    for path in home.root.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
