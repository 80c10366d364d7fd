"""Runs a program that measures jobs, in a process and a folder of its own, and reads its answer."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from benchmarks.contenders.contender import Contender, JobKeeper
from benchmarks.errors import BenchmarkError
from benchmarks.places import BENCHMARKS, UNFINISHED
from benchmarks.processes import end_descendants

TIMEOUT: Final = 400.0
"""Seconds; the longest of them, ten thousand preemptions, takes a quarter of it."""


def measure(contender: Contender, what: str, *numbers: float) -> dict[str, Any]:
    """Return what a contender's program says.

    Args:
        contender: who is measured.
        what: the measurement.
        numbers: usually COUNT, SLOTS and further ones.

    Raises:
        BenchmarkError: it could not be measured; says what was printed last.
    """
    assert isinstance(contender, JobKeeper)
    with folder() as path:
        argv = [*contender.job_program(), what, str(path), *(f"{one:g}" for one in numbers)]
        try:
            done = subprocess.run(
                argv,
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
                check=True,
                cwd=BENCHMARKS.parent,
                stdin=subprocess.DEVNULL,
            )
            answer: dict[str, Any] = json.loads(done.stdout)
        except subprocess.CalledProcessError as error:
            last = error.stderr.strip().splitlines()[-1:]
            raise BenchmarkError(
                f"{contender.title}: {what} failed: {''.join(last)}{os.linesep}{error.stderr}"
            ) from error
        except (subprocess.TimeoutExpired, ValueError, OSError) as error:
            raise BenchmarkError(f"{contender.title}: {what} failed: {error}") from error
        finally:
            end_descendants()
    return answer


@contextmanager
def folder() -> Iterator[Path]:
    """Make a folder on the disk of the checkout, and remove it afterwards.

    Not the folder for temporary files: that is often in memory, where a flush costs nothing.
    """
    UNFINISHED.mkdir(exist_ok=True)
    path = Path(tempfile.mkdtemp(prefix="jobs-", dir=UNFINISHED))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
