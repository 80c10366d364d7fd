"""`meshvisor status --watch` and `--poll`."""

from __future__ import annotations

import json
import signal
import subprocess

from meshvisor.shared.paths import Home
from tests.supervisor.cli.conftest import MESHVISOR, PROJECT, Run, serving


def watching(home: Home, *options: str) -> subprocess.Popen[str]:
    """Start `status --watch`."""
    return subprocess.Popen(
        [*MESHVISOR, "status", "--watch", "--home", home.root, *options],
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )


def test_watch_looks_again(served: Home) -> None:
    """One look follows the other until Ctrl+C, which is no error."""
    process = watching(served, "--json")
    assert process.stdout is not None
    for _ in range(2):
        assert len(json.loads(process.stdout.readline())["meshes"]) == 3
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode == 0


def test_watch_waits_for_a_supervisor(home: Home) -> None:
    """A supervisor that is not there yet is said, and seen when it comes."""
    process = watching(home)
    assert process.stdout is not None
    assert "No supervisor runs" in process.stdout.readline()
    with serving(home):
        while "is running" not in process.stdout.readline():
            pass
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)


def test_poll(run: Run, served: Home) -> None:
    """With `--poll` every worker is asked first, and how many answered is said."""
    outcome = run("status", "--poll", "--home", served.root)
    assert "3 of 3 workers answered within 1.5 ms." in outcome.out
    polled = run("status", "--poll", "--home", served.root, "--json").json
    assert polled["poll"] == {"answers": 3, "total": 3, "duration_ms": 1.5, "unanswered": []}
    assert len(polled["meshes"]) == 3


def test_some_meshes(run: Run, served: Home) -> None:
    """Meshes that are named are shown alone, as rows or as JSON."""
    out = run("status", "room-1", "--home", served.root).out
    assert "room-1" in out
    assert "room-0" not in out
    shown = run("status", "room-2", "room-0", "--home", served.root, "--json").json
    assert [mesh["mesh_id"] for mesh in shown["meshes"]] == ["room-0", "room-2"]
    assert shown["totals"]["meshes"] == 3


def test_meshes_in_a_state(run: Run, home: Home) -> None:
    """`--state` shows those in it, and says so when there is none."""
    with serving(home):
        run("stop", "room-1", "--home", home.root)
        root = ("--home", home.root)
        stopped = run("status", "--state", "stopped", *root, "--json").json["meshes"]
        assert [mesh["mesh_id"] for mesh in stopped] == ["room-1"]
        assert (
            "No mesh is failed or blocked."
            in run("status", "--state", "failed", "--state", "blocked", *root).out
        )
        ordered = run("status", "--sort", "state", *root, "--json").json["meshes"]
        assert [mesh["state"] for mesh in ordered] == ["connected", "connected", "stopped"]
        largest = run("status", "--sort", "memory", *root, "--json").json["meshes"]
        assert largest[-1]["mesh_id"] == "room-1"


def test_mesh_that_is_not_there(run: Run, served: Home) -> None:
    """A wrong id is answered with near ones, and `all` with how to mean all."""
    outcome = run("status", "rom-1", "--home", served.root)
    assert outcome.code == 2
    assert "did you mean room-1" in outcome.err
    assert "no name means all of them" in run("status", "all", "--home", served.root).err


def test_health(run: Run, served: Home) -> None:
    """The sums over all meshes have a command."""
    assert "3 of 3 workers healthy." in run("health", "--home", served.root).out
    assert run("health", "--home", served.root, "--json").json["connected"] == 3
