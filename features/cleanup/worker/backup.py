"""Backups of the database: made while it is in use, verified, and rotated.

Owns the files of `var/backups`.  A backup is one file that SQLite opens by itself.  It gets its
name when it has been read through and is on the disk: what has a name can be restored
(docs/processes.md).
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.files import flush_folder
from meshvisor.shared.folders import make_folder

FOLDER: Final = "backups"
"""Below `var`."""

SPARE: Final = 1.1
"""How much more room there has to be than the database has bytes."""

PAGES: Final = 2_048
"""Pages in one step: 8 MiB, between which a stop of the job is noticed."""

_UNFINISHED: Final = ".part"
_MOMENT: Final = "????????T??????Z"
"""How names end, as a pattern of files."""


class BackupError(MeshvisorError):
    """There is no verified backup; the sentence says why, and what to do."""


def make(database: Path, now: float) -> Path:
    """Back the database up; returns the file.

    Args:
        database: which may be in use.
        now: epoch seconds, for the name.

    Raises:
        BackupError: it could not be made, or is not what it should be; nothing has its name.
    """
    folder = database.parent / FOLDER
    make_folder(folder)
    _check_room(database, folder)
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    name = f"{database.stem}-{moment}.db"
    unfinished = folder / (name + _UNFINISHED)
    try:
        _copy(database, unfinished)
        verify(unfinished)
        _flush(unfinished)
        unfinished.rename(folder / name)
        flush_folder(folder)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"the database could not be backed up: {error}") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return folder / name


def verify(file: Path) -> None:
    """Read a backup through.

    Raises:
        BackupError: it is damaged.
    """
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as db:
        found = [row[0] for row in db.execute("PRAGMA integrity_check(1)")]
        broken = db.execute("PRAGMA foreign_key_check").fetchone()
        tables = db.execute("SELECT count(*) FROM sqlite_schema WHERE type = 'table'").fetchone()
    if found != ["ok"]:
        raise BackupError(f"the backup is damaged ({found[0]}); nothing is removed")
    if broken is not None:
        # Rows without a parent are what the cleanup is there for: the backup is as good as the
        # database.
        return
    if not tables[0]:
        raise BackupError("the backup is empty; nothing is removed")


def rotate(folder: Path, keep: int) -> list[str]:
    """Remove all but the newest backups of each database, and what a crash has left unfinished;
    return the names.
    """
    finished: dict[str, list[Path]] = {}
    for file in sorted(folder.glob(f"*-{_MOMENT}.db")):
        finished.setdefault(file.name.rpartition("-")[0], []).append(file)
    outdated = [one for files in finished.values() for one in files[: max(0, len(files) - keep)]]
    outdated += sorted(folder.glob(f"*-{_MOMENT}.db{_UNFINISHED}*"))
    for file in outdated:
        file.unlink(missing_ok=True)
    return [file.name for file in outdated]


# Private


def _check_room(database: Path, folder: Path) -> None:
    needed = round(database.stat().st_size * SPARE)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise BackupError(
            f"a backup needs {needed // 1_000_000} MB and the disk of {folder} has "
            f"{free // 1_000_000}; make room, keep fewer (cleanup.backups), or set it to 0"
        )


def _copy(database: Path, target: Path) -> None:
    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))
    source = sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
    with closing(source), closing(sqlite3.connect(target, isolation_level=None)) as copy:
        # All of it as it was at this moment, however long it takes: otherwise a copy begins anew
        # whenever another process has written.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        source.backup(copy, pages=PAGES)
        # One file that needs no other beside it, not even to be read.
        copy.execute("PRAGMA journal_mode = DELETE")


def _flush(file: Path) -> None:
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
