"""The engine's database, and its view of the main one.

Owns how both are opened.  The engine is the only one that writes its own; in the main one it can
only read.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from meshvisor.shared.folders import make_folder
from meshvisor.shared.store.connection import open_reader
from meshvisor.shared.store.queries import load_queries

QUERIES: Final = load_queries(Path(__file__).with_name("queries.sql"))

SCHEMA: Final = Path(__file__).with_name("schema.sql")

VERSION: Final = 1
"""`user_version` of the tables in `schema.sql`."""


def open_own(path: Path) -> sqlite3.Connection:
    """Return the connection that writes; the file and its tables are made when there are none.

    Raises:
        sqlite3.Error: it cannot be used.
        OSError: its folder cannot be made.
    """
    make_folder(path.parent)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    db = sqlite3.connect(path, isolation_level=None, timeout=10, cached_statements=200)
    db.execute("PRAGMA journal_mode = WAL")
    # An execution that was acknowledged must survive a power cut.
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA temp_store = MEMORY")
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version == 0:
        text = SCHEMA.read_text(encoding="utf-8")
        db.executescript(f"BEGIN;\n{text}\nPRAGMA user_version = {VERSION};\nCOMMIT;")
    elif version > VERSION:
        raise sqlite3.DatabaseError(f"{path} was made by a newer version of Meshvisor")
    return db


def open_main(path: Path) -> sqlite3.Connection:
    """Return a connection to the main database that cannot write.

    Raises:
        MeshvisorError: it cannot be opened.
    """
    return open_reader(path)


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Have what is done inside done as a whole, or not at all."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise
