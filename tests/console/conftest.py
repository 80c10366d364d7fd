"""A supervisor with a console."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from meshvisor.shared.paths import Home
from tests.console_client import Consoles, running


@pytest.fixture
async def console(home: Home) -> AsyncIterator[Consoles]:
    """Return a running one that no other test uses."""
    made = Consoles(home)
    try:
        await made.start()
        yield made
    finally:
        await made.close()


@pytest.fixture(scope="module")
def _of_module() -> Iterator[Consoles]:
    with running() as made:
        yield made


@pytest.fixture
async def shared(_of_module: Consoles) -> AsyncIterator[Consoles]:
    """Return one that the tests of a module share."""
    yield _of_module
    await _of_module.leave()
