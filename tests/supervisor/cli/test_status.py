"""`meshvisor status --watch` and `--poll`."""

from __future__ import annotations

import json
import signal
import subprocess

from shared.paths import Home
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
