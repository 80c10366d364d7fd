"""The systemd unit is one that systemd understands, and stays hardened."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from meshvisor.features.fleet.settings import FleetSettings
from meshvisor.shared.paths import HOME_VARIABLE, Home
from tests.fleet import PROGRAM, PROJECT, Fleet
from tests.programs import SYSTEMD, require

MOST_EXPOSURE = 15
"""Tenths, as `systemd-analyze security` counts; 12 was measured with systemd 252."""


@pytest.fixture
def text(project: Path) -> str:
    """Return the unit as it is delivered."""
    return (project / "deploy" / "meshvisor.service").read_text()


@pytest.fixture
def unit(text: str, tmp_path: Path) -> Path:
    """Return a copy of the unit whose programs exist here."""
    require(SYSTEMD)
    copy = tmp_path / "meshvisor.service"
    copy.write_text(re.sub(r"^(Exec\w+=)\S+", r"\1/bin/sh", text, flags=re.MULTILINE))
    return copy


def value(text: str, key: str) -> str:
    """Return what the unit sets `key` to; fails unless it does so exactly once."""
    (found,) = re.findall(rf"^{key}=(.*)$", text, flags=re.MULTILINE)
    return str(found)


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run systemd-analyze; it needs no running systemd."""
    return subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, check=False
    )


def is_understood(unit: Path) -> bool:
    """Return whether systemd takes the unit without a word.

    An unknown key is only a warning with exit code 0, so silence counts too.
    """
    verdict = analyze("verify", "--man=no", unit)
    return verdict.returncode == 0 and not verdict.stderr


def test_systemd_understands_every_line(unit: Path) -> None:
    """Nothing in the unit is unknown, misspelt or contradictory."""
    assert is_understood(unit), analyze("verify", "--man=no", unit).stderr


@pytest.mark.parametrize(
    "wrong", ["WatchDogSec=15", "Restart=sometimes", "SystemCallFilter=@no-such-group"]
)
def test_a_wrong_line_is_found(unit: Path, wrong: str) -> None:
    """The check above would notice an unknown key and an unknown value."""
    unit.write_text(unit.read_text().replace("[Service]", f"[Service]\n{wrong}"))

    assert not is_understood(unit)


def test_the_unit_stays_hardened(unit: Path) -> None:
    """What the service could do to the rest of the machine stays little."""
    verdict = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSURE}", unit)

    assert verdict.returncode == 0, verdict.stdout


def test_the_account_of_the_unit_is_made(project: Path, tmp_path: Path) -> None:
    """The user that the unit names is one that systemd-sysusers makes, with the unit's home."""
    require(SYSTEMD)
    (tmp_path / "etc").mkdir()
    definition = project / "deploy" / "sysusers.d" / "meshvisor.conf"

    subprocess.run(
        ["systemd-sysusers", f"--root={tmp_path}", "-"],
        input=definition.read_bytes(),
        capture_output=True,
        check=True,
    )

    user = (tmp_path / "etc" / "passwd").read_text().splitlines()[-1].split(":")
    assert (user[0], user[5]) == ("meshvisor", "/var/lib/meshvisor")


def test_the_folders_of_the_unit_are_those_of_the_home(text: str) -> None:
    """What systemd makes and lets the service write is where the product keeps its state."""
    home = Home(Path(value(text, "WorkingDirectory")))
    made = {Path("/var/lib") / name for name in value(text, "StateDirectory").split()}

    assert value(text, "Environment") == f"{HOME_VARIABLE}={home.root}"
    assert made == {home.root, home.config, home.var, home.logs, home.run}


def test_systemd_is_more_patient_than_the_supervisor(text: str) -> None:
    """The supervisor has the time that it gives its workers, and as much again to end them."""
    assert int(value(text, "TimeoutStopSec")) >= 2 * FleetSettings().shutdown_timeout


def install_lines(page: str) -> list[str]:
    """Return the commands of a page that put files below /etc."""
    return re.findall(r"^(?:#\s+)?(install [^&\n]*/etc/[^&\n]*)", page, flags=re.MULTILINE)


@pytest.mark.parametrize("page", ["deploy/meshvisor.service", "docs/deployment.md"])
def test_installing_on_a_bare_system(project: Path, tmp_path: Path, page: str) -> None:
    """The printed commands make the folders that a small system does not have."""
    lines = install_lines((project / page).read_text())
    assert len(lines) == 2
    for line in lines:
        command = line.replace("/etc/", f"{tmp_path}/etc/").split()
        subprocess.run(command, cwd=project, check=True)
    for installed in ("sysusers.d/meshvisor.conf", "systemd/system/meshvisor.service"):
        assert (tmp_path / "etc" / installed).stat().st_mode & 0o777 == 0o644


def reload_as_systemd_does(text: str, home: Home) -> subprocess.CompletedProcess[str]:
    """Run the unit's ExecReload, with the program of this checkout."""
    program, *arguments = value(text, "ExecReload").split()
    assert Path(program).name == "meshvisor"
    return subprocess.run(
        [sys.executable, *PROGRAM, *arguments],
        env={**os.environ, HOME_VARIABLE: str(home.root)},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )


async def test_a_reload_fails_with_the_reason(text: str, home: Home) -> None:
    """Wrong settings let `systemctl reload` fail, and the journal and the status line say why."""
    fleet = Fleet(home, {"fleet": {"max_processes": 5}})
    await fleet.start()
    try:
        assert reload_as_systemd_does(text, home).returncode == 0
        fleet.write_settings({"fleet": {"max_processes": -1}})
        done = await asyncio.to_thread(reload_as_systemd_does, text, home)
        assert done.returncode == 2
        assert "meshvisor.toml:2: fleet.max_processes" in done.stderr
        # As for the signal, which has no answer.
        await fleet.logged(r"the settings cannot be used, the old ones hold.*event=settings\.wrong")
    finally:
        await fleet.close()
