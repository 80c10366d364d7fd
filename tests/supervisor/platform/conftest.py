"""What the tests of the providers have in common."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.supervisor.platform import platform as platforms
from tests.supervisor.platform.platform import Platform


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    """Return a platform that lists nothing until the test says otherwise."""
    async with platforms.platform() as running:
        yield running
