"""What is wrong with the machine is said in one sentence, and never taken for a bug of ours."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from meshvisor.shared.control.client import ControlClient
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.logs.secrets import remember
from meshvisor.shared.paths import Home
from meshvisor.supervisor.cli import crash
from tests.supervisor.cli.conftest import MESHVISOR, PROJECT, Outcome, Run

AMONG_OURS = {**os.environ, "PYTHONPATH": str(PROJECT)}


def run_in(folder: Path, *arguments: str, prepare: str = "") -> Outcome:
    """Run a command in a folder, after a line of shell."""
    done = subprocess.run(
        ["sh", "-c", f'{prepare}\nexec "$@"', "sh", *MESHVISOR, *arguments],
        capture_output=True,
        text=True,
        errors="replace",
        cwd=folder,
        env=AMONG_OURS,
        timeout=40,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def assert_one_sentence(outcome: Outcome, *codes: int) -> None:
    """Check that there is nothing but one sentence."""
    assert outcome.err.startswith("Error: "), outcome.err
    assert outcome.err.count("\n") == 1, outcome.err
    assert "has a bug" not in outcome.err
    assert outcome.code in codes


@pytest.mark.parametrize(
    "command",
    [
        *("status", "logs", "run", "config check", "jobs list", "doctor", "init --yes", "chat a"),
        *("status --home .", "run --home relative"),
    ],
)
def test_removed_current_folder(tmp_path: Path, command: str) -> None:
    """A command in a folder that is gone says so."""
    outcome = run_in(tmp_path, *command.split(), prepare='mkdir d; cd d; rmdir "$PWD"')
    assert_one_sentence(outcome, 2, 3)
    assert "current folder" in outcome.err


def test_removed_current_folder_with_an_absolute_home(home: Home, tmp_path: Path) -> None:
    """With an absolute home everything works, `run` included."""
    prepare = 'mkdir d; cd d; rmdir "$PWD"'
    assert run_in(tmp_path, "config", "check", f"--home={home.root}", prepare=prepare).code == 0
    process = subprocess.Popen(
        ["sh", "-c", f'{prepare}\nexec "$@"', "sh", *MESHVISOR, "run", "--home", str(home.root)],
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=AMONG_OURS,
    )
    assert process.stderr is not None
    assert "running on" in process.stderr.readline()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 0


@pytest.mark.parametrize("command", ["status", "meshes list", "run", "init", "jobs list"])
def test_home_whose_links_lead_in_a_circle(tmp_path: Path, command: str) -> None:
    """A home that nothing can find is one sentence, however it is asked for."""
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    outcome = run_in(tmp_path, *command.split(), "--home", "a")
    assert_one_sentence(outcome, 2, 3)
    assert str(tmp_path) in outcome.err


@pytest.mark.parametrize(
    "name",
    [
        *("var/run/control.sock", "var/run/supervisor.lock", "var/meshvisor.db"),
        *("config/meshvisor.toml", "config/credentials.json", "config/database.json"),
        *("config/blocklist.json",),
    ],
)
@pytest.mark.some(2)
def test_folder_where_a_file_should_be(home: Home, name: str) -> None:
    """What a mount of a missing file leaves is named, and nothing starts beside it."""
    path = home.root / name
    path.mkdir(parents=True)
    for folder in (home.var, home.run):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o700)
    outcome = run_in(PROJECT, "run", "--home", str(home.root))
    assert_one_sentence(outcome, 2, 3)
    assert str(path) in outcome.err


def test_home_whose_name_is_no_text(home: Home) -> None:
    """A folder whose name is not UTF-8 is a home like any other."""
    root = os.fsencode(home.root) + b"/caf\xe9"
    os.mkdir(root)
    process = subprocess.Popen(
        [*map(os.fsencode, MESHVISOR), b"run", b"--playground", b"--home", root],
        stderr=subprocess.PIPE,
        cwd=PROJECT,
    )
    assert process.stderr is not None
    assert b"running on" in process.stderr.readline()
    status = subprocess.run(
        [*map(os.fsencode, MESHVISOR), b"status", b"--home", root],
        capture_output=True,
        cwd=PROJECT,
        check=False,
    )
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert (status.returncode, status.stderr, process.returncode) == (0, b"", 0)
    shutil.rmtree(root)


@pytest.mark.parametrize(
    ("command", "limit"),
    [("run", 6), ("run", 8), *(("jobs list", limit) for limit in range(8, 12))],
)
@pytest.mark.some(2)
def test_limit_on_open_files(home: Home, command: str, limit: int) -> None:
    """Too few descriptors are said so, with what raises the limit."""
    arguments = [*command.split(), "--home", str(home.root)]
    outcome = run_in(PROJECT, *arguments, prepare=f"ulimit -n {limit}")
    # 3 where the settings are what cannot be opened any more.
    assert_one_sentence(outcome, 1, 3)
    assert "ulimit -n" in outcome.err


def test_crash_file_keeps_no_secret(
    run: Run, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What people are asked to send to others has no password in it, wherever it came from."""
    monkeypatch.chdir(tmp_path)
    secrets = ("Pw-1@x/y", "Pw-2", "Pw-3-key", "Pw-4", "token-of-the-bot-only")
    remember([secrets[4]])
    seen = f"mongodb://ann:{secrets[0]}@h/db {{'authToken': '{secrets[3]}'}}"
    error = ZeroDivisionError(f"{seen} with {secrets[2]}, {secrets[4]}")
    given = ["init", "--mongodb", f"mongodb://bob:{secrets[1]}@h/db", f"--signing-key={secrets[2]}"]
    sentence = crash.report(error, [*given, "--home", "x"], str(home.root))
    (file,) = (home.root / "x" / "var" / "logs").iterdir()
    text = file.read_text()
    assert str(file) in sentence
    for secret in secrets:
        assert secret not in text + sentence
    assert "init" in text
    assert "ZeroDivisionError" in text


def test_crash_file_of_a_supervisor_lies_in_its_home(home: Home, tmp_path: Path) -> None:
    """A relative home means the folder where the command was given, which a supervisor leaves."""
    program = (
        "import meshvisor.supervisor.app, meshvisor.supervisor.cli.main as m\n"
        "def bug(*_): raise ZeroDivisionError\n"
        "meshvisor.supervisor.app.SharedResources = bug\n"
        "raise SystemExit(m.main(['run', '--home', 'bots']))"
    )
    done = subprocess.run(
        [MESHVISOR[0], "-c", program],
        capture_output=True,
        text=True,
        cwd=home.root,
        env=AMONG_OURS,
        check=False,
    )
    assert done.returncode == 1
    (file,) = (home.root / "bots/var/logs").glob("crash-*")
    assert str(file) in done.stderr


@pytest.mark.parametrize("command", ["run", "admin list", "jobs list"])
def test_home_whose_name_is_too_long(home: Home, command: str) -> None:
    """What SQLite cannot open is said with the limit, before anything else happens."""
    root = home.root
    while len(str(root)) < 480:
        root /= "x" * min(200, max(1, 486 - len(str(root))))
    root = root.with_name(root.name + "y" * (500 - len(str(root))))
    root.mkdir(parents=True)
    outcome = run_in(PROJECT, *command.split(), "--home", str(root))
    assert_one_sentence(outcome, 2)
    assert "bytes shorter" in outcome.err


@pytest.mark.parametrize("closed", ["2>&-", "<&- >&- 2>&-"])
def test_run_without_streams(home: Home, closed: str) -> None:
    """A supervisor serves without streams, and none of its files gets the number of one."""
    line = f"exec {' '.join(MESHVISOR)} run --playground --home {home.root} {closed}"
    with subprocess.Popen(["sh", "-c", line], cwd=PROJECT) as process:
        end = time.monotonic() + 30
        while not is_served(home):
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.02)
        open_as = {n: os.readlink(f"/proc/{process.pid}/fd/{n}") for n in range(3)}
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert not [target for target in open_as.values() if str(home.root) in target], open_as
    assert open_as[2] == os.devnull
    assert not list(home.logs.glob("crash-*"))


def is_served(home: Home) -> bool:
    """Whether a supervisor answers."""
    try:
        with ControlClient(home.root) as client:
            return bool(client.request("version"))
    except MeshvisorError:
        return False
