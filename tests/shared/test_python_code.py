from __future__ import annotations

import json
from pathlib import Path

import pytest

from meshvisor.shared.python_code import code_below, is_installed, places_of


def test_code_below(tmp_path: Path) -> None:
    """All code, through links, each folder once; neither byte code nor what is hidden."""
    for name in ("a.py", "b.txt", ".hidden/c.py", "__pycache__/a.pyc", "more/d.py", "more/e.sql"):
        file = tmp_path / "top" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "f.py").touch()
    (tmp_path / "top" / "linked").symlink_to(tmp_path / "else")
    (tmp_path / "top" / "loop").symlink_to(tmp_path / "top")
    top = tmp_path / "top"
    found = [str(Path(path).relative_to(top)) for path in code_below(str(top))]
    assert found == ["a.py", "linked/f.py", "more/d.py"]
    assert str(top / "more" / "e.sql") in set(code_below(str(top), (".sql",)))


def test_what_is_installed() -> None:
    """Python's own modules and packages are; a plug-in is not."""
    assert is_installed(pytest.__file__)
    assert is_installed(json.__file__)
    assert not is_installed("/srv/meshvisor/config/plugins/dice.py")


def test_modules_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever they lie, and without running them."""
    (tmp_path / "mv_alone.py").write_text("raise RuntimeError")
    (tmp_path / "mv_shop").mkdir()
    (tmp_path / "mv_shop" / "__init__.py").write_text("raise RuntimeError")
    monkeypatch.syspath_prepend(tmp_path)
    assert places_of("mv_shop") == [tmp_path / "mv_shop"]
    assert places_of("mv_alone") == [tmp_path / "mv_alone.py"]
    assert places_of("sys") == []
    assert places_of("mv_nowhere") == []
