"""Looking at what people edit below a home."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from meshvisor.shared.home_lock import HomeLock
from meshvisor.shared.paths import Home
from meshvisor.supervisor.home_watch import HomeWatch


@pytest.fixture
def watch(home: Home) -> Iterator[HomeWatch]:
    """Return one of a home that is held."""
    home.lock_file.parent.mkdir(mode=0o700, parents=True)
    with HomeLock(home) as lock:
        yield HomeWatch(home, lock)


async def test_a_look_that_fails_holds_up_no_other(watch: HomeWatch) -> None:
    """What the others have found is taken; then the failure is raised."""
    taken: list[int] = []

    def fails() -> int:
        raise OSError(5, "Input/output error")

    async def take(found: int) -> None:
        taken.append(found)

    watch.watch(fails, take)
    watch.watch(lambda: 7, take)
    with pytest.raises(OSError, match="Input/output"):
        await watch.run()
    assert taken == [7]
