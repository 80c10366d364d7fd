"""The lives before the first fork, with the real worker and the room of each transport."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from meshvisor.shared.transports import TransportKind, built_in, transport_kind
from meshvisor.worker.mesh import warm_up_lives
from meshvisor.worker.mesh.main import serve


def open_files_and_children() -> tuple[int, set[int]]:
    """Return what a warm-up must not add to."""
    me = psutil.Process()
    return me.num_fds(), {child.pid for child in me.children()}


KINDS = [kind for kind in built_in().values() if kind.warm_up]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_warm_up_is_lived_through_and_leaves_nothing_behind(kind: TransportKind) -> None:
    """The bot gets in, answers and leaves each time; no descriptor and no process are left."""
    before = open_files_and_children()

    assert warm_up_lives.warm_up(serve, kind, 2)

    assert open_files_and_children() == before


def test_a_machine_without_a_shell_has_no_warm_up_of_programs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing depends on it: it is given up at once and without a word."""
    monkeypatch.setattr("meshvisor.features.program.worker.warm_up.SHELL", "/nowhere/sh")

    assert not warm_up_lives.warm_up(serve, transport_kind("program"), 1)


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        (None, {"watch-party"}),
        ('[[meshes]]\nid = "a"\n # transport = "program"', {"watch-party"}),
        ("meshes = [{id = \"a\", transport = 'program'}]", {"watch-party", "program"}),
        ('[[meshes]]\ntransport = "program"\n[[nonsense', {"watch-party", "program"}),
    ],
)
def test_transports_that_no_mesh_has_are_not_warmed_up(
    settings: str | None, names: set[str], tmp_path: Path
) -> None:
    """What stands in comments is not in the settings; settings with mistakes do no harm."""
    file = tmp_path / "meshvisor.toml"
    if settings is not None:
        file.write_text(settings)

    assert {kind.name for kind in warm_up_lives.transports_in(file)} == names
