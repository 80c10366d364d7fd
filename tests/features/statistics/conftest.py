"""A database of usage."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshvisor.features.statistics.store.database import open_database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the database is."""
    return tmp_path / "var" / "statistics.db"


@pytest.fixture
def db(path: Path) -> Iterator[sqlite3.Connection]:
    """Return a connection to an empty database."""
    opened = open_database(path)
    yield opened
    opened.close()
