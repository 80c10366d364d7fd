"""`meshvisor meshes list|discover|show`."""

from __future__ import annotations

from meshvisor.shared.paths import Home
from tests.supervisor.cli.conftest import Run, serving


def test_list(run: Run, served: Home) -> None:
    """Every mesh with its source and server."""
    lines = run("meshes", "list", "--home", served.root).out.splitlines()
    assert lines[0].split() == ["MESH", "STATE", "SOURCE", "WHERE", "WAITING", "FOR"]
    assert lines[1].split() == ["room-0", "connected", "settings", "ws://127.0.0.1:8484", "-"]


def test_list_of_nothing(run: Run, home: Home) -> None:
    """Without meshes the next step is named."""
    with serving(home, meshes=0):
        assert "[[meshes]]" in run("meshes", "list", "--home", home.root).out


def test_discover(run: Run, served: Home) -> None:
    """What was found is counted."""
    assert run("meshes", "discover", "--home", served.root).out == "Found 3 meshes in 2.0 ms.\n"


def test_show(run: Run, served: Home) -> None:
    """One mesh in full, counters included."""
    out = run("meshes", "show", "room-2", "--home", served.root).out
    facts = dict(line.strip().split("  ", 1) for line in out.splitlines()[1:])
    assert facts["state"].strip() == "connected"
    assert facts["messages received"].strip() == "7"
    shown = run("meshes", "show", "room-2", "--home", served.root, "--json").json
    assert shown["mesh_id"] == "room-2"
