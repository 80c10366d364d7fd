"""Background commands in a folder of their own; what a test leaves running is ended."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from meshvisor.features.background.cancelling import cancel, wait_for
from meshvisor.features.background.identity import identity_of
from meshvisor.features.background.looking import Found, look, look_at_all, look_for
from meshvisor.features.background.names import Files
from meshvisor.features.background.starting import start

T = TypeVar("T")

Start = Callable[..., Found]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Return a folder for their files."""
    path = tmp_path / "pids"
    yield path
    for found in look_at_all(path):
        if found.runs or found.left:
            cancel(found, 0)


@pytest.fixture
def launch(folder: Path) -> Start:
    """Return what starts a command under a name."""

    def started(name: str, *command: str, **how: object) -> Found:
        return start(Files(folder, name), list(command), **how)  # type: ignore[arg-type]

    return started


def python(code: str) -> tuple[str, ...]:
    """Return a command that runs some Python."""
    return (sys.executable, "-c", code)


def ended(found: Found) -> Found:
    """Return a command when it has ended."""
    assert wait_for(found, 60)
    return look_for(found.files)


def until(find: Callable[[], T | None]) -> T:
    """Return the first result that is true; the test's own timeout ends the wait."""
    while not (result := find()):
        time.sleep(0.01)
    return result


def until_printed(found: Found, line: str, count: int = 1) -> None:
    """Wait until a command has printed a line so many times."""
    until(lambda: found.files.log.read_text().splitlines().count(line) == count)


def until_progress(found: Found, percent: float) -> Found:
    """Wait until a command has reported progress."""

    def find() -> Found | None:
        now = look(found.files)
        return now if now is not None and now.status.progress == percent else None

    return until(find)


def is_over(pid: int | None) -> bool:
    """Say whether a process has ended, no matter whether it was reaped."""
    assert pid is not None
    return identity_of(pid) is None


def run_cli(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command of `meshvisor`."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "meshvisor.supervisor.cli.main", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )
