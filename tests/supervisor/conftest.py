"""A home with a directory of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from meshvisor.shared.paths import Home
from tests.directories import DirectoryHome


@pytest.fixture
async def place(home: Home) -> AsyncIterator[DirectoryHome]:
    """Return a home whose directory can be opened; it is closed after the test."""
    made = DirectoryHome(home)
    yield made
    await made.close()
