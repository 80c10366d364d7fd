"""Python and the kernel's features, each really tried."""

from __future__ import annotations

import os

import psutil
import pytest

from meshvisor.shared import lifeline
from meshvisor.supervisor.cli.doctor import machine
from meshvisor.supervisor.cli.doctor.finding import Level


def test_this_machine() -> None:
    """Where the tests run, everything that a fleet needs is there, and no child is left."""
    before = psutil.Process().children()
    findings = {found.name: found for found in machine.check()}
    needed = {"Python", "system", "proc", "pidfd", "memfd", "descriptor passing", "lifeline"}
    assert {findings[name].level for name in needed} == {Level.OK}
    assert psutil.Process().children() == before


def test_old_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python that is too old is a failure."""
    monkeypatch.setattr(machine, "OLDEST_PYTHON", (99, 0))
    assert next(machine.check()).level is Level.FAIL


def test_missing_feature(monkeypatch: pytest.MonkeyPatch) -> None:
    """A feature that the kernel refuses is a failure that says what it is needed for."""

    def refused(_name: str) -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(os, "memfd_create", refused)
    (found,) = [found for found in machine.check() if found.name == "memfd"]
    assert found.level is Level.FAIL
    assert "needed for shared heartbeats" in found.text


def test_lifeline_that_does_not_kill(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that ignores the lifeline is found out."""
    monkeypatch.setattr(machine, "LIFELINE_DEADLINE", 50)
    monkeypatch.setattr(lifeline, "hold", lambda read_end: read_end)
    (found,) = [found for found in machine.check() if found.name == "lifeline"]
    assert found.level is Level.FAIL
