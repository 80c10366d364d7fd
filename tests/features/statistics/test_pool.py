"""The pool: whichever process dies in it, all is done once, and its records are in the one log."""

from __future__ import annotations

import logging
import os
import signal
from functools import partial
from pathlib import Path

import pytest

from meshvisor.features.statistics.aggregation.pool import ForkPool
from meshvisor.shared.errors import MeshvisorError

log = logging.getLogger("meshvisor.features.statistics.test")


def square(folder: Path, number: int) -> int:
    """Return the square; the first process that has 3 or 5 is killed."""
    mark = folder / str(number)
    if number in {3, 5} and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    log.warning("%d of %d", number, os.getpid())
    return number * number


def die(_task: int) -> int:
    """Die."""
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def fail(task: int) -> int:
    """Fail."""
    raise ValueError(f"{task} is wrong")


def test_a_process_is_killed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Its task is done by another one, and no other one is done twice."""
    with ForkPool(partial(square, tmp_path), 2) as pool:
        first = set(pool.pids)
        assert sorted(pool.run(range(10))) == [n * n for n in range(10)]
        assert len(set(pool.pids) - first) >= 1
        assert sorted(pool.run([4])) == [16]
    said = [record for record in caplog.records if record.name == log.name]
    assert sorted(record.getMessage().split()[0] for record in said) == sorted(
        map(str, [*range(10), 4])
    )
    assert os.getpid() not in {record.process for record in said}
    assert sum("has died" in record.message for record in caplog.records) == 2


def test_a_task_that_kills() -> None:
    """It is given up with a sentence."""
    with ForkPool(die, 2) as pool, pytest.raises(MeshvisorError, match="died of the same part"):
        list(pool.run([1]))


def test_a_task_that_fails() -> None:
    """What went wrong is reported."""
    with ForkPool(fail, 1) as pool, pytest.raises(MeshvisorError, match="ValueError: 7 is wrong"):
        list(pool.run([7]))
