"""When a runner has done enough."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from meshvisor.features.jobs.worker.wear import MOST_LEFT, Wear, _lowest_free


@contextmanager
def descriptors(count: int) -> Iterator[None]:
    """Have so many more descriptors open."""
    with ExitStack() as files:
        for _ in range(count):
            files.enter_context(open(os.devnull, "rb"))
        yield


def test_jobs_are_counted() -> None:
    """Enough is enough when nothing runs, and twice as many at any time; zero is never."""
    wear, for_ever = Wear(3, 0, lambda: 0), Wear(0, 0, lambda: 0)
    for jobs, idle, busy in (
        (2, False, False),
        (3, True, False),
        (5, True, False),
        (6, True, True),
    ):
        wear.jobs = for_ever.jobs = jobs
        assert (bool(wear.when_idle()), bool(wear.at_any_time())) == (idle, busy)
        assert for_ever.when_idle() is None


def test_descriptors_that_are_left() -> None:
    """Some are no reason while jobs run, which may use them; half of all are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3 * (_lowest_free() + MOST_LEFT), hard))
    try:
        wear = Wear(0, 0, lambda: 0)
        assert wear.when_idle() is None
        with descriptors(MOST_LEFT + 1):
            assert wear.when_idle() == "ended jobs have left descriptors open"
            assert wear.at_any_time() is None
            with descriptors(_lowest_free()):
                assert wear.at_any_time() == "half of the descriptors that it may have are open"
        assert wear.when_idle() is None
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_memory_that_is_left() -> None:
    """Half of what a runner may have is enough to begin anew."""
    memory = 10
    wear = Wear(0, 1000, lambda: memory)
    memory = 510
    assert wear.when_idle() is None
    memory = 511
    assert wear.when_idle() == "ended jobs have left much memory in use"
    assert wear.at_any_time() is None
