"""`meshvisor start`, `stop` and `restart`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.paths import Home
from tests.supervisor.cli.conftest import Run, serving


@pytest.fixture
def own(home: Home) -> Iterator[Home]:
    """Return a home whose supervisor no other test shares."""
    with serving(home, meshes=2):
        yield home


def test_stop_and_start(run: Run, own: Home) -> None:
    """The states after the request are shown, as a table or as JSON."""
    stopped = run("stop", "room-1", "--home", own.root)
    assert stopped.code == 0
    assert [line.split() for line in stopped.out.splitlines()] == [
        ["MESH", "STATE"],
        ["room-1", "stopped"],
    ]
    started = run("start", "--all", "--home", own.root, "--json").json
    assert [mesh["state"] for mesh in started["meshes"]] == ["connected", "connected"]


def test_restart(run: Run, own: Home) -> None:
    """A restarted mesh is being spawned."""
    assert "spawning" in run("restart", "room-0", "--home", own.root).out


def test_unknown_mesh_changes_nothing(run: Run, own: Home) -> None:
    """One wrong id stops the whole command, with the nearest known ids."""
    outcome = run("stop", "room-0", "rom-1", "--home", own.root)
    assert outcome.code == 2
    assert "did you mean room-1" in outcome.err
    assert "All meshes are connected" in run("status", "--home", own.root).out


def test_failure_of_one_mesh(run: Run, home: Home) -> None:
    """What failed is shown beside its mesh, and the exit code says so."""
    with serving(home, meshes=2, unstoppable="room-1"):
        outcome = run("stop", "--all", "--home", home.root)
    assert outcome.code == 1
    assert "room-1  connected  The process of room-1 does not end." in outcome.out


def test_nothing_to_do(run: Run, home: Home) -> None:
    """All of no meshes is no error."""
    with serving(home, meshes=0):
        outcome = run("stop", "--all", "--home", home.root)
    assert (outcome.code, outcome.out) == (0, "There are no meshes.\n")
