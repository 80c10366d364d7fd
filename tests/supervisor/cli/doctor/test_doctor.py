"""`meshvisor doctor` as a whole: order, exit code, advice."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshvisor.shared.paths import Home
from meshvisor.supervisor.cli.doctor import folders
from meshvisor.supervisor.cli.doctor.finding import Level, guarded
from tests.supervisor.cli.conftest import Run


def test_new_home(run: Run, home: Home) -> None:
    """On an empty home nothing is in the way, but there are no meshes yet."""
    outcome = run("doctor", "--home", home.root)
    assert outcome.code == 0, outcome.out
    assert "warn  meshes: none are configured" in outcome.out
    assert "A fleet can run" in outcome.out
    assert outcome.out.count("→") == outcome.out.count("warn ")


def test_home_that_is_missing(run: Run, tmp_path: Path) -> None:
    """A home that does not exist fails with the command that makes it."""
    outcome = run("doctor", "--home", tmp_path / "nowhere")
    assert outcome.code == 1
    assert f"mkdir -m 700 {tmp_path / 'nowhere'}" in outcome.out


def test_wrong_settings(run: Run, home: Home) -> None:
    """Wrong settings are named; what needs no settings is checked all the same."""
    home.config.mkdir()
    home.settings_file.write_text("[fleet]\nhung_after = 0\n")
    outcome = run("doctor", "--home", home.root, "--json")
    assert outcome.code == 1
    levels = {check["name"]: check["level"] for check in outcome.json["checks"]}
    assert levels["settings"] == "fail"
    assert levels["disk"] == "ok"
    assert "mesh server" not in levels


def test_running_supervisor(run: Run, served: Home) -> None:
    """A supervisor that answers is named with its PID."""
    checks = run("doctor", "--home", served.root, "--json").json["checks"]
    (result,) = [check for check in checks if check["name"] == "supervisor"]
    assert result["text"].startswith("runs as PID ")


def test_check_that_may_not_look(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that the machine forbids is said, and the others go on."""

    def forbidden(_home: Home) -> bool:
        raise PermissionError("not for you")

    monkeypatch.setattr(folders, "_modes", forbidden)
    findings = list(guarded("folders", folders.check, home))
    assert findings[-1].level is Level.WARN
    assert "not for you" in findings[-1].text
