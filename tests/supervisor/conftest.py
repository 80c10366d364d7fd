"""A home with a directory of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from meshvisor.shared.paths import Home
from tests.directories import Place


@pytest.fixture
async def place(home: Home) -> AsyncIterator[Place]:
    """Return a home whose directory can be opened; it is closed after the test."""
    made = Place(home)
    yield made
    await made.close()
