"""A supervisor with a console."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from meshvisor.shared.paths import Home
from tests.console_client import Consoles


@pytest.fixture
async def console(home: Home) -> AsyncIterator[Consoles]:
    """Return a running one."""
    made = Consoles(home)
    try:
        await made.start()
        yield made
    finally:
        await made.close()
