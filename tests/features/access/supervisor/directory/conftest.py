"""A MongoDB server for the tests of the directory."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mongo import NxServer


@pytest.fixture(scope="session")
def nx_server() -> Iterator[NxServer]:
    """Return a server that all tests of this run share; each uses databases of its own."""
    folder = Path(tempfile.mkdtemp(prefix="mv-mongo-"))
    with NxServer(folder) as server:
        yield server
    shutil.rmtree(folder)


@pytest.fixture
def own_server() -> Iterator[NxServer]:
    """Return a server that this test may kill, freeze and start again."""
    folder = Path(tempfile.mkdtemp(prefix="mv-mongo-"))
    with NxServer(folder) as server:
        yield server
    shutil.rmtree(folder)
