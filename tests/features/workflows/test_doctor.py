"""What the doctor says of workflows."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from meshvisor.features.workflows.cli import doctor
from meshvisor.features.workflows.supervisor.reading import Executions
from meshvisor.shared.paths import Home
from meshvisor.supervisor.cli.command import Invocation
from meshvisor.supervisor.cli.doctor.check import Examined
from tests.features.workflows.engine.bench import Bench


def said(home: Home, **supervisor: Any) -> list[tuple[str, str]]:
    """Return what is found."""
    found = doctor.check(Examined(cast("Invocation", None), home, None, supervisor))
    return [(str(one.level), one.text) for one in found]


async def test_the_engine_and_its_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that runs, one that does not, one that is far behind, and a file that is damaged."""
    home = Home(tmp_path)
    home.var.mkdir()
    assert said(home) == []
    bench = Bench(home.var)
    bench.save({"wait": {"seconds": 60}})
    bench.happens("alert.created", "1")
    bench.turn()
    assert await Executions(home.var / "workflows.db").cursor() == 2
    runs = {"pid": 7, "linked": True}
    assert said(home, workflows=runs) == [
        ("ok", "the engine is PID 7; 1 execution under way"),
    ]
    ((level, text),) = said(home, workflows={"pid": None, "linked": False})
    assert (level, "does not run" in text) == ("fail", True)
    bench.happens("alert.created", "2")
    monkeypatch.setattr(doctor, "MANY_BEHIND", 0)
    ((level, text),) = said(home, workflows=runs)
    assert (level, "1 event before it" in text) == ("warn", True)
    bench.close()
    (home.var / "workflows.db").write_bytes(b"this is no database" * 1000)
    ((level, text),) = said(home)
    assert (level, "workflows.db" in text) == ("fail", True)
