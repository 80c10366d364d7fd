"""`meshvisor start`, `stop` and `restart`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from meshvisor.shared.paths import Home
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


@pytest.mark.parametrize("kind", ["start", "stop", "restart"])
def test_all_is_an_option(run: Run, served: Home, kind: str) -> None:
    """`all`, as in other programs, is answered with the option, and nothing happens."""
    outcome = run(kind, "all", "--home", served.root)
    assert outcome.code == 2
    assert "--all means all of them" in outcome.err
    assert "All meshes are connected" in run("status", "--home", served.root).out


def test_waiting_until_connected(run: Run, own: Home) -> None:
    """With `--wait` a mesh that is connected at the end is a success."""
    run("stop", "room-0", "--home", own.root)
    outcome = run("start", "room-0", "--wait", "--home", own.root)
    assert (outcome.code, "connected" in outcome.out) == (0, True)


def test_waiting_in_vain(run: Run, own: Home) -> None:
    """A mesh that is not connected after the time that it has is a failure, and says so."""
    outcome = run("restart", "room-0", "--wait", "--timeout", "0.2s", "--home", own.root)
    assert outcome.code == 1
    assert "room-0  spawning  not connected after 0s" in outcome.out
    assert run("restart", "room-0", "--timeout", "1s", "--home", own.root).code == 2
