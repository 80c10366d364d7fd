"""Whether the machine has room for the fleet."""

from __future__ import annotations

import resource
import subprocess

import pytest

from meshvisor.features.fleet.cli.doctor import limits
from meshvisor.features.fleet.settings import FleetSettings, StaticMesh
from meshvisor.features.watch_party.settings import PlatformSettings
from meshvisor.shared.settings.model import default_settings
from meshvisor.supervisor.cli.doctor.finding import Finding, Level


def finding(name: str, meshes: int) -> Finding:
    """Return a finding for a fleet of so many meshes."""
    settings = default_settings().replaced(FleetSettings(max_processes=meshes))
    return next(found for found in limits.check(settings) if found.name == name)


def test_expected_meshes() -> None:
    """The limit counts, else the static meshes, else a guess where discovery decides."""
    meshes = tuple(StaticMesh(id=f"m{number}") for number in range(3))
    assert limits.expected_meshes(None) == limits.GUESSED_MESHES
    assert limits.expected_meshes(default_settings().replaced(*meshes)) == 3
    assert limits.expected_meshes(default_settings().replaced(FleetSettings(max_processes=7))) == 7
    discovering = default_settings().replaced(PlatformSettings(url="https://platform.example"))
    assert limits.expected_meshes(discovering) == limits.GUESSED_MESHES


def test_open_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too few open files for the meshes is a failure with the limit to set."""
    monkeypatch.setattr(resource, "getrlimit", lambda _kind: (1024, 4096))
    assert finding("open files", 500).level is Level.OK
    found = finding("open files", 5000)
    assert found.level is Level.FAIL
    assert "LimitNOFILE=20100" in found.advice


def test_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few processes are a warning."""
    monkeypatch.setattr(resource, "getrlimit", lambda _kind: (100, 100_000))
    assert finding("processes", 10).level is Level.OK
    assert finding("processes", 500).level is Level.WARN


def test_no_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """No limit at all is fine."""
    unlimited = resource.RLIM_INFINITY
    monkeypatch.setattr(resource, "getrlimit", lambda _kind: (unlimited, unlimited))
    assert finding("open files", 5000).level is Level.OK
    assert finding("processes", 5000).level is Level.OK


def test_memory() -> None:
    """A fleet that does not fit into the memory is a warning."""
    assert finding("memory", 1).level is Level.OK
    assert finding("memory", 10**9).level is Level.WARN


def test_open_files_of_the_running_supervisor() -> None:
    """The limit of the supervisor counts, not that of the shell of the command."""
    settings = default_settings().replaced(FleetSettings(max_processes=60))
    with subprocess.Popen(["sleep", "600"]) as process:
        try:
            resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (128, 128))
            found = next(limits.check(settings, process.pid))
        finally:
            process.kill()
    assert found.level is Level.FAIL
    assert f"at most 128 for the supervisor (PID {process.pid})" in found.text
    assert "start the supervisor again" in found.advice
