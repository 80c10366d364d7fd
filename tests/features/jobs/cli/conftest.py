"""Homes with jobs: one with a supervisor on it, one without."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from meshvisor.shared.paths import Home
from meshvisor.shared.prepared_home import prepare_home
from tests.supervisor.cli.conftest import serving
from tests.supervisor.control.in_memory_jobs import prepare


@pytest.fixture
def left(home: Home) -> Home:
    """Return a home on which a supervisor has run, but none runs now."""
    prepare_home(home)
    prepare(home)
    return home


@pytest.fixture
def running(home: Home) -> Iterator[Home]:
    """Return a home with a supervisor that runs no jobs."""
    with serving(home):
        yield home


@pytest.fixture(params=["running", "not running"])
def own(request: pytest.FixtureRequest) -> Home:
    """Return one and the other."""
    name = "running" if request.param == "running" else "left"
    home: Home = request.getfixturevalue(name)
    return home


@pytest.fixture(scope="module", params=["running", "not running"])
def unchanged(request: pytest.FixtureRequest) -> Iterator[Home]:
    """Return one and the other, for tests that change nothing."""
    home = Home(Path(tempfile.mkdtemp(prefix="mv-")))
    is_running = request.param == "running"
    if not is_running:
        prepare_home(home)
        prepare(home)
    with serving(home) if is_running else nullcontext():
        yield home
    shutil.rmtree(home.root)
