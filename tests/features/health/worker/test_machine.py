"""What is measured of the machine."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from meshvisor.features.health.worker import machine


def test_this_machine(tmp_path: Path) -> None:
    """All figures are there, and the disk's is that of df."""
    found = machine.measure(tmp_path)
    assert found.keys() == {"memory_percent", "disk_percent", "load_per_processor"}
    assert 0 < found["memory_percent"] < 100
    usage = shutil.disk_usage(tmp_path)
    assert found["disk_percent"] == pytest.approx(
        100 * usage.used / (usage.used + usage.free), abs=1
    )


def test_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the page cache holds counts as free; a kernel that tells nothing leaves it out."""
    file = tmp_path / "meminfo"
    file.write_text("MemTotal: 1000 kB\nMemFree: 10 kB\nMemAvailable: 750 kB\nBuffers: 1 kB\n")
    monkeypatch.setattr(machine, "MEMORY", file)
    assert machine.measure(tmp_path)["memory_percent"] == 25.0
    file.write_text("MemTotal: 1000 kB\n")
    assert "memory_percent" not in machine.measure(tmp_path)
