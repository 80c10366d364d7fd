from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from meshvisor.shared import out_of_memory

MB = 1024 * 1024


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pretend that the kernel's files are in this folder; there are 24 GB of memory."""
    (tmp_path / "meminfo").write_text("MemFree: 7 kB\nMemTotal:       25165824 kB\n")
    (tmp_path / "cgroup").write_text("")
    mounts = ((tmp_path / "v2", "memory.max"), (tmp_path / "v1", "memory.limit_in_bytes"))
    monkeypatch.setattr(out_of_memory, "_MEMORY", tmp_path / "meminfo")
    monkeypatch.setattr(out_of_memory, "_GROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(out_of_memory, "_MOUNTS", mounts)
    return tmp_path


def limit(folder: Path, name: str, value: object) -> None:
    """Give a control group a limit."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"{value}\n")


def test_a_large_machine(machine: Path) -> None:
    """Where memory is plenty, a few thousandths make up for the size of a supervisor."""
    assert out_of_memory.step() == 3


@pytest.mark.parametrize("group", ["", "system.slice", "system.slice/meshvisor.service"])
def test_the_smallest_limit_counts(machine: Path, group: str) -> None:
    """Limits of the own group and of those around it are seen, in both versions."""
    (machine / "cgroup").write_text("0::/system.slice/meshvisor.service\n")
    limit(machine / "v2" / "system.slice" / "meshvisor.service", "memory.max", "max")
    limit(machine / "v2" / group, "memory.max", 1024 * MB)
    assert out_of_memory.step() == 63
    (machine / "cgroup").write_text("5:cpu,memory:/bots\n0::/\n")
    limit(machine / "v1" / "bots", "memory.limit_in_bytes", 512 * MB)
    assert out_of_memory.step() == 125


def test_a_tiny_limit(machine: Path) -> None:
    """The step is bounded; no limit is divided by."""
    (machine / "cgroup").write_text("0::/\n")
    limit(machine / "v2", "memory.max", 0)
    assert out_of_memory.step() == out_of_memory.MOST_POINTS


def test_nothing_to_read(machine: Path) -> None:
    """Without the kernel's files the scores stay as they are."""
    (machine / "meminfo").unlink()
    assert out_of_memory.step() == 0


def test_it_is_inherited() -> None:
    """What is set holds for programs that are started later."""
    code = (
        "from meshvisor.shared import out_of_memory as o; import subprocess; "
        "o.adjust(o.adjustment() + 7); "
        "print(subprocess.check_output(['cat', '/proc/self/oom_score_adj'], text=True))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    own = int(Path(f"/proc/{os.getpid()}/oom_score_adj").read_text())
    assert int(found.stdout) == own + 7
