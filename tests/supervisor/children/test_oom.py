"""Reading the kernel's count of out-of-memory kills."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshvisor.supervisor.children import oom
from meshvisor.supervisor.children.oom import KillCounter

EVENTS = "low 0\nhigh 3\nmax 9\noom 7\noom_kill {}\noom_group_kill 0\n"


@pytest.fixture
def vmstat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a file in the place of the machine's count, and have no control group."""
    path = tmp_path / "vmstat"
    path.write_text("nr_free_pages 5\noom_kill 4\n")
    monkeypatch.setattr(oom, "_VMSTAT", path)
    monkeypatch.setattr(oom, "_CGROUPS", tmp_path / "none")
    return path


def test_kills_are_noticed_once(vmstat: Path) -> None:
    """Those from before do not count, nor those that were reported already."""
    counter = KillCounter()
    assert not counter.rose()
    vmstat.write_text("nr_free_pages 5\noom_kill 6\n")
    assert counter.rose()
    assert not counter.rose()


def test_a_count_that_cannot_be_read(vmstat: Path) -> None:
    """No file, no such line: nothing is claimed."""
    counter = KillCounter()
    vmstat.write_text("nr_free_pages 5\n")
    assert not counter.rose()
    vmstat.unlink()
    assert not counter.rose()
    assert not KillCounter().rose()


def test_the_own_control_group_comes_first(
    vmstat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kills elsewhere on the machine, or in other groups, are none of ours."""
    group = own_group()
    if group is None:
        pytest.skip("this machine has no control groups of version 2")
    folder = tmp_path / "cgroups" / group
    folder.mkdir(parents=True)
    (folder / "memory.events").write_text(EVENTS.format(1))
    monkeypatch.setattr(oom, "_CGROUPS", tmp_path / "cgroups")
    counter = KillCounter()
    vmstat.write_text("oom_kill 600\n")
    assert not counter.rose()
    (folder / "memory.events").write_text(EVENTS.format(2))
    assert counter.rose()


def own_group() -> str | None:
    """Return the path of this process's control group below the root of all."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        if line.startswith("0::/"):
            return line.removeprefix("0::/")
    return None


def test_the_real_files() -> None:
    """On this machine, whatever it is, the count can be read and no process is being killed."""
    assert not KillCounter().rose()
