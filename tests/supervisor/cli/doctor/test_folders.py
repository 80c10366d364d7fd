"""The home folder's permissions and its disk."""

from __future__ import annotations

import shutil

import pytest

from meshvisor.shared.paths import Home
from meshvisor.supervisor.cli.doctor import folders
from meshvisor.supervisor.cli.doctor.finding import Finding, Level


def finding(home: Home, name: str) -> Finding:
    """Return the first finding of that name."""
    return next(found for found in folders.check(home) if found.name == name)


def test_closed_folders(home: Home) -> None:
    """Folders and secrets that only their owner may use are fine."""
    home.run.mkdir(mode=0o700, parents=True)
    home.var.chmod(0o700)
    home.config.mkdir(mode=0o755)
    home.credentials_file.touch(mode=0o600)
    assert finding(home, "permissions").level is Level.OK


@pytest.mark.parametrize(
    ("name", "mode", "advice"),
    [
        ("var", 0o755, "chmod 700 "),
        ("var/run", 0o710, "chmod 700 "),
        ("config/credentials.json", 0o640, "chmod 600 "),
    ],
)
def test_open_to_others(home: Home, name: str, mode: int, advice: str) -> None:
    """What others may use is a failure with the command that mends it."""
    path = home.root / name
    for folder in (home.config, home.var, home.run):
        folder.mkdir(mode=0o700)
    if not path.exists():
        path.touch()
    path.chmod(mode)
    found = finding(home, "permissions")
    assert found.level is Level.FAIL
    assert f"mode {mode:04o}" in found.text
    assert found.advice == f"{advice}{path}"


@pytest.mark.parametrize("name", ["config", "config/plugins"])
@pytest.mark.parametrize(
    ("mode", "level", "advice"),
    [(0o777, Level.FAIL, "chmod go-w "), (0o775, Level.WARN, "chmod g-w "), (0o755, Level.OK, "")],
)
def test_code_that_others_may_replace(
    home: Home, name: str, mode: int, level: Level, advice: str
) -> None:
    """Folders of credentials and code must not be writable by others."""
    home.plugins.mkdir(parents=True)
    path = home.root / name
    path.chmod(mode)
    found = finding(home, "permissions")
    assert found.level is level
    assert found.advice == (f"{advice}{path}" if advice else "")


@pytest.mark.parametrize(
    ("free", "level"), [(10**12, Level.OK), (10**8, Level.WARN), (10**6, Level.FAIL)]
)
def test_disk(home: Home, free: int, level: Level, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk without room is a failure, one with little room a warning."""
    usage = shutil.disk_usage("/")._replace(free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    assert finding(home, "disk").level is level
