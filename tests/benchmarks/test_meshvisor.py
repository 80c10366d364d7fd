"""Our own versions as contenders."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.contenders.meshvisor import Meshvisor


def test_compile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout is measured with compiled sources, whatever the environment says of them."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(sys.executable)
    (programs / "meshvisor").touch()
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "clock.py").write_text("NOW = 1\n")
    Meshvisor.before(tmp_path).compile()
    assert list((tmp_path / "shared" / "__pycache__").glob("clock.*.pyc"))
