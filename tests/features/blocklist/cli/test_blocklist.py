"""`meshvisor blocklist`, with and without a running supervisor."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from meshvisor.shared.home_lock import HomeLock
from meshvisor.shared.paths import Home
from meshvisor.shared.prepared_home import prepare_home
from tests.supervisor.cli.conftest import Run, serving


@pytest.fixture(params=["running", "not running"])
def own(request: pytest.FixtureRequest, home: Home) -> Iterator[Home]:
    """Return a home with a supervisor, and one without."""
    if request.param == "running":
        with serving(home, meshes=2):
            yield home
    else:
        yield home


def test_block_list_unblock(run: Run, own: Home) -> None:
    """A mesh is blocked, listed, counted and unblocked alike, with and without a supervisor."""
    root = ("--home", own.root)
    assert run("blocklist", "list", *root).out == "No mesh is blocked.\n"
    assert run("blocklist", "block", "room-1", *root).out == "room-1 is blocked for ever.\n"
    timed = run("blocklist", "block", "room-0", "--for", "2h", *root, "--json").json
    assert (timed["mesh_id"], timed["blocked"]) == ("room-0", True)
    assert timed["blocked_until"].endswith("+00:00")
    assert (
        run("blocklist", "stats", *root).out == "2 meshes are blocked: 1 for ever, 1 for a time.\n"
    )
    listed = run("blocklist", "list", *root, "--json").json["blocked"]
    assert [(e["mesh_id"], e["reason"], e["blocked_until"] is None) for e in listed] == [
        ("room-0", "operator", False),
        ("room-1", "operator", True),
    ]
    assert "blocked by hand" in run("blocklist", "list", *root).out
    assert run("blocklist", "unblock", "room-1", *root).out == "room-1 is not blocked any more.\n"
    assert run("blocklist", "unblock", "room-1", *root).out == "room-1 was not blocked.\n"
    assert run("blocklist", "stats", *root, "--json").json["total"] == 1


def test_file_is_the_supervisors(run: Run, home: Home) -> None:
    """What is blocked without a supervisor is in the file that the next one reads."""
    run("blocklist", "block", "lobby", "--home", home.root)
    content = json.loads((home.config / "blocklist.json").read_text())
    assert content["blockedMeshes"]["lobby"]["reason"] == "operator"
    assert content["blockedMeshes"]["lobby"]["blockedUntil"] is None


def test_supervisor_that_is_starting_is_not_disturbed(
    run: Run, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a process holds the lock of the home the file is not changed."""
    monkeypatch.setattr("meshvisor.shared.home_lock.PATIENCE", 0.2)
    prepare_home(home)
    with HomeLock(home):
        outcome = run("blocklist", "block", "lobby", "--home", home.root)
    assert outcome.code == 1
    assert not (home.config / "blocklist.json").exists()


def test_file_that_cannot_be_written(run: Run, home: Home) -> None:
    """A block that could not be saved is an error."""
    (home.root / "config").write_text("in the way")
    outcome = run("blocklist", "block", "lobby", "--home", home.root)
    assert outcome.code != 0
    assert "Meshvisor has a bug" not in outcome.err


def test_short_blocks_are_shown_to_the_second(run: Run, own: Home) -> None:
    """Beginning and end of a block of some seconds differ in what is shown."""
    root = ("--home", own.root)
    said = run("blocklist", "block", "room-0", "--for", "15s", *root).out
    assert re.search(r"until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.", said)
    rows = run("blocklist", "list", *root).out.splitlines()
    times = re.findall(r"\d\d:\d\d:\d\d", rows[1])
    assert len(set(times)) == 2


def test_a_mesh_that_is_not_there_may_be_blocked(run: Run, served: Home) -> None:
    """It is done, and said that there is none: it may be a slip."""
    outcome = run("blocklist", "block", "rom-0", "--home", served.root)
    assert (outcome.code, "rom-0 is blocked" in outcome.out) == (0, True)
    assert outcome.err.startswith("There is no mesh rom-0 at present")
    assert run("blocklist", "block", "room-0", "--home", served.root).err == ""
