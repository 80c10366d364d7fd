"""Which folder a command is about, and that nothing is made in a wrong one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from meshvisor.shared.paths import HOME_VARIABLE, Home
from tests.supervisor.cli.conftest import PROJECT, Outcome, Run

LOOKING_AND_CHANGING = [
    ("admin", "list"),
    ("admin", "add", "5"),
    ("perm", "set", "ping", "admin"),
    ("blocklist", "block", "lobby"),
    ("blocklist", "list"),
    ("jobs", "list"),
    ("audit",),
    ("credentials", "show"),
    ("login", "--email", "bot@example.org"),
]


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no setting in a variable: a folder counts as a home by one."""
    monkeypatch.delenv("MESHVISOR__CONSOLE__ENABLED")


def run_in(folder: Path, *arguments: str, **environment: str) -> Outcome:
    """Run a command in a folder, without naming a home."""
    inherited = {name: value for name, value in os.environ.items() if name != HOME_VARIABLE}
    done = subprocess.run(
        [sys.executable, "-m", "meshvisor.supervisor.cli.main", *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**inherited, "PYTHONPATH": str(PROJECT), **environment},
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("arguments", LOOKING_AND_CHANGING)
def test_folder_that_is_no_home(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Where one happens to be nothing is looked for or made; the folder and a way out are named."""
    outcome = run_in(tmp_path, *arguments)
    assert (outcome.code, outcome.out) == (3, "")
    assert f"{tmp_path} is no home" in outcome.err
    assert f"meshvisor init --home {tmp_path}" in outcome.err
    assert list(tmp_path.iterdir()) == []


def test_folder_of_something_else(run: Run, tmp_path: Path) -> None:
    """Nor in a folder that is named and holds other things."""
    (tmp_path / "thesis.tex").write_text("")
    outcome = run("admin", "add", "5", "--home", tmp_path)
    assert outcome.code == 3
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("sign", ["config", "named", "variables"])
def test_folder_that_is_one(tmp_path: Path, sign: str) -> None:
    """A folder with settings, an empty one that is named, and one whose settings are variables."""
    environment = {}
    if sign == "config":
        Home(tmp_path).config.mkdir(mode=0o700)
    elif sign == "named":
        environment[HOME_VARIABLE] = str(tmp_path)
    else:
        environment["MESHVISOR__FLEET__MAX_PROCESSES"] = "1"
    assert "5 is an admin now" in run_in(tmp_path, "admin", "add", "5", **environment).out
    assert "\n5 " in run_in(tmp_path, "admin", "list", **environment).out


@pytest.mark.parametrize("arguments", [("chat", "lobby"), ("playground", "state")])
def test_server_that_is_looked_for(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Where no supervisor answers it is said which home has named the server."""
    settings = Home(tmp_path).settings_file
    settings.parent.mkdir(mode=0o700)
    settings.write_text('[platform]\nserver = "ws://127.0.0.1:1"\n')
    outcome = run_in(tmp_path, *arguments)
    assert (outcome.code, outcome.err.count("\n")) == (3, 1)
    assert f"another home than {tmp_path} with --home" in outcome.err
    named = run_in(tmp_path, *arguments, "--server", "ws://127.0.0.1:1")
    assert "another home" not in named.err


def test_what_is_not_there_yet_is_not_offered(run: Run) -> None:
    """Rooms are asked for only where they matter."""
    for fault in ("down", "login", "logout"):
        assert "ROOM" not in run("playground", fault, "--help").out
    assert "ROOM" in run("playground", "kick", "--help").out
