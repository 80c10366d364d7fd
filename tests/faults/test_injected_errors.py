"""Errors of system calls in every command: one sentence and a documented exit code, and no bug."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.injection import kernel
from tests.programs import give_up
from tests.seeds import also_long

pytestmark = pytest.mark.faults

CASES = 30
"""Of the thousands that there are; `python -m tests.injection --cases 5000` tries more of them."""

NOT_POSSIBLE = 3


@pytest.mark.parametrize("seed", [1, *also_long([2])])
def test_refused_system_calls(seed: int, project: Path) -> None:
    """Whatever the machine refuses, people get at most one sentence."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.injection", "--cases", str(CASES), "--seed", str(seed)],
        capture_output=True,
        text=True,
        cwd=project,
        check=False,
    )
    if done.returncode == NOT_POSSIBLE:
        give_up("the tests with refused system calls need seccomp(2) of Linux 5.9 or newer")
    assert done.returncode == 0, done.stdout + done.stderr


def test_calls_of_both_machines_are_named_alike() -> None:
    """Each kind of call has its errors, on every machine."""
    for kinds, _ in kernel._MACHINES.values():
        assert set(kinds) == set(kernel.REFUSALS)
