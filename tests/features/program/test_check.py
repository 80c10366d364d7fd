"""What `meshvisor doctor` finds about programs, without starting any."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from meshvisor.features.program.check import check
from meshvisor.features.program.mesh_settings import ProgramSettings
from meshvisor.shared.transports import TransportCheckError


def look(home: Path, *command: str, **settings: Any) -> None:
    """Look for the program of a mesh."""
    check(ProgramSettings(command=command, **settings).model_dump(mode="json"), home)


@pytest.mark.parametrize(
    ("command", "settings"),
    [
        (("sh",), {}),
        (("sh", "-c", "exit"), {}),
        (("/bin/sh", "run.sh"), {}),
        (("sh", "run.sh"), {"folder": "below"}),
        (("./run.sh",), {"folder": "below"}),
        (("run.sh",), {"environment": {"PATH": "{home}/below"}}),
    ],
)
def test_what_can_be_started(tmp_path: Path, command: tuple[str, ...], settings: Any) -> None:
    """By its name below PATH, or by where it is from the folder in which it runs."""
    for folder in (tmp_path, tmp_path / "below"):
        folder.mkdir(exist_ok=True)
        (folder / "run.sh").write_text("#!/bin/sh\n")
        (folder / "run.sh").chmod(0o700)
    if path := settings.get("environment", {}).get("PATH"):
        settings = {"environment": {"PATH": path.format(home=tmp_path)}}
    look(tmp_path, *command, **settings)


@pytest.mark.parametrize(
    ("command", "settings", "says"),
    [
        (("no-such-program",), {}, "is not in any folder of PATH"),
        (("./no-such-program",), {}, "does not exist"),
        (("./closed.sh",), {}, "is not executable"),
        (("sh", "missing.py"), {}, "missing.py does not exist, which sh is to run"),
        (("sh",), {"folder": "nowhere"}, "nowhere does not exist"),
        (("sh",), {"environment": {"PATH": "/nowhere"}}, "PATH (/nowhere)"),
    ],
)
def test_what_cannot(
    tmp_path: Path, command: tuple[str, ...], settings: dict[str, Any], says: str
) -> None:
    """One sentence, and what to do."""
    (tmp_path / "closed.sh").write_text("#!/bin/sh\n")
    with pytest.raises(TransportCheckError) as caught:
        look(tmp_path, *command, **settings)
    assert says in str(caught.value)
    assert caught.value.advice
