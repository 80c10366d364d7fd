"""The command line as people and scripts use it, and a supervisor without processes to ask."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from meshvisor.shared.control.client import ControlClient
from meshvisor.shared.paths import Home
from meshvisor.supervisor.cli.main import main

MESHVISOR = [sys.executable, "-m", "meshvisor.supervisor.cli.main"]
PROJECT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Outcome:
    """What a command has said and ended with."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, read as JSON."""
        return json.loads(self.out)


Run = Callable[..., Outcome]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command in this process."""

    def run_command(*arguments: str | Path) -> Outcome:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run_command


def run_process(*arguments: str | Path, **environment: str) -> Outcome:
    """Run a command as a process of its own."""
    done = subprocess.run(
        [*MESHVISOR, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env={**os.environ, **environment},
        timeout=30,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


@contextmanager
def serving(
    home: Home, meshes: int = 3, unstoppable: str = "", error: str = ""
) -> Iterator[subprocess.Popen[str]]:
    """Have a supervisor with so many connected meshes on a home, in a process of its own.

    With an `error` the first mesh is none of them, but one that has failed with it.
    """
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.supervisor.control.in_memory"),
            *(str(home.root), str(meshes), unstoppable, error),
        ],
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)
        process.stdout.close()


@pytest.fixture(scope="package")
def served() -> Iterator[Home]:
    """Return a home with a supervisor that all tests share; its meshes stay as they are."""
    root = Path(tempfile.mkdtemp(prefix="mv-"))
    with serving(Home(root)):
        # The first answer takes longer than pressing Tab may.
        with ControlClient(root) as client:
            client.request("status")
        yield Home(root)
    shutil.rmtree(root)
