"""`make` finds a Python that can run Meshvisor, or says what to install."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Return a folder that is the whole PATH of the script; it holds what the test puts there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


def put_real_python(folder: Path, name: str) -> Path:
    """Make the Python that runs the tests available under `name`."""
    link = folder / name
    link.symlink_to(sys.executable)
    return link


def put_stand_in(folder: Path, name: str, *, answers: str) -> None:
    """Put a program there that answers as a Python would which we do not have here.

    `answers` is the body of a shell `case` over all arguments in one string.
    """
    program = folder / name
    program.write_text(f'#!/bin/sh\ncase "$*" in\n{answers}\nesac\n')
    program.chmod(0o755)


def find(project: Path, programs: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the script with nothing but these programs."""
    return subprocess.run(
        [project / "tools" / "find_python.sh"],
        env={"PATH": os.fspath(programs), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


OLD = "--version) echo Python 3.9.2;;\n*) exit 1;;"
"""Fails every question whether it is new enough, as an old Python does."""

WITHOUT_ENSUREPIP = "*ensurepip*) exit 1;;\n*print*) echo 3.12;;\n*) exit 0;;"
"""New enough, but packaged without what makes environments, as Debian does it."""


def test_a_python_is_found(project: Path, programs: Path) -> None:
    """The usual name is enough."""
    link = put_real_python(programs, "python3")

    assert find(project, programs).stdout.strip() == str(link)


def test_a_newer_one_beside_an_old_one_is_found(project: Path, programs: Path) -> None:
    """An old python3 does not hide a new one under its full name."""
    put_stand_in(programs, "python3", answers=OLD)
    link = put_real_python(programs, "python3.12")

    assert find(project, programs).stdout.strip() == str(link)


def test_a_chosen_python_is_the_only_one_considered(project: Path, programs: Path) -> None:
    """PYTHON names it; if it is too old, no other one is taken behind the user's back."""
    put_real_python(programs, "python3")
    put_stand_in(programs, "old-python", answers=OLD)

    verdict = find(project, programs, PYTHON="old-python")

    assert verdict.returncode == 1
    assert "needs Python 3.11 or newer and found Python 3.9.2" in verdict.stderr


def test_no_python_at_all_is_one_clear_sentence(project: Path, programs: Path) -> None:
    """The sentence names what to install."""
    verdict = find(project, programs)

    assert verdict.returncode == 1
    assert verdict.stdout == ""
    assert "found no python3: install one (Debian, Ubuntu: apt-get install" in verdict.stderr
    assert verdict.stderr.count("\n") == 1


def test_a_missing_ensurepip_is_one_clear_sentence(project: Path, programs: Path) -> None:
    """The sentence names the very package."""
    put_stand_in(programs, "python3", answers=WITHOUT_ENSUREPIP)

    verdict = find(project, programs)

    assert verdict.returncode == 1
    assert "apt-get install python3.12-venv" in verdict.stderr
    assert verdict.stderr.count("\n") == 1
