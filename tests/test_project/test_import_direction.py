"""The contracts in pyproject.toml would notice an import in a direction that is not agreed.

`make check` holds the project's own code to them; here they meet a small tree of the same shape.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

MODULES = (
    "meshvisor.shared.model.mesh",
    "meshvisor.shared.settings.model",
    "meshvisor.worker.mesh.bot",
    "meshvisor.playground.server",
    "meshvisor.console.app",
    "meshvisor.features.jobs.routes.jobs",
    "meshvisor.features.jobs.cli.jobs",
    "meshvisor.supervisor.app",
    "meshvisor.supervisor.children.keeper",
    "meshvisor.supervisor.control.server",
    "meshvisor.features.fleet.supervisor.manager",
    "meshvisor.features.fleet.supervisor.monitor",
    "meshvisor.features.jobs.worker.runner",
    "meshvisor.features.watch_party.protoo.rooms",
    "meshvisor.supervisor.cli.main",
    "meshvisor.supervisor.cli.run",
    "meshvisor.supervisor.cli.status.command",
)


@pytest.fixture
def tree(project: Path, tmp_path: Path) -> Path:
    """Return a folder with packages of the project's shape that import nothing."""
    contracts = (project / "pyproject.toml").read_text()
    # An exception that is meant for an import of the real tree is unmatched here.
    lenient = 'unmatched_ignore_imports_alerting = "none"\nignore_imports = ['
    (tmp_path / "pyproject.toml").write_text(contracts.replace("ignore_imports = [", lenient))
    # Each layer that the contracts name.
    layers = [
        f"meshvisor.supervisor.{path.stem}{'.part' if path.is_dir() else ''}"
        for path in sorted((project / "supervisor").iterdir())
        if path.stem.isidentifier() and not path.name.startswith("_") and path.suffix in ("", ".py")
    ]
    for module in (*layers, *MODULES):
        file = source_of(tmp_path, module)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
        for folder in file.relative_to(tmp_path).parents[:-1]:
            (tmp_path / folder / "__init__.py").touch()
    return tmp_path


def source_of(tree: Path, module: str) -> Path:
    """Return the file of a module."""
    return tree.joinpath(*module.split(".")).with_suffix(".py")


def broken_contracts(tree: Path, *imports: tuple[str, str]) -> list[str]:
    """Return the names of the contracts that these imports (who, whom) break in the tree."""
    for who, whom in imports:
        with source_of(tree, who).open("a") as source:
            source.write(f"import {whom}\n")
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )
    broken = [line for line in run.stdout.splitlines() if line.endswith(" BROKEN")]
    assert bool(broken) == bool(run.returncode), run.stdout + run.stderr
    return broken


def test_agreed_directions_are_kept(tree: Path) -> None:
    """Sides meet in shared, and the supervisor imports downwards."""
    assert not broken_contracts(
        tree,
        ("meshvisor.features.fleet.supervisor.manager", "meshvisor.shared.model.mesh"),
        ("meshvisor.worker.mesh.bot", "meshvisor.shared.settings.model"),
        ("meshvisor.playground.server", "meshvisor.shared.model.mesh"),
        ("meshvisor.playground.server", "meshvisor.features.watch_party.protoo.rooms"),
        ("meshvisor.features.fleet.supervisor.monitor", "meshvisor.supervisor.children.keeper"),
        ("meshvisor.features.jobs.worker.runner", "meshvisor.worker.mesh.bot"),
        ("meshvisor.supervisor.app", "meshvisor.supervisor.control.server"),
        ("meshvisor.supervisor.cli.main", "meshvisor.supervisor.cli.run"),
        ("meshvisor.supervisor.cli.status.command", "meshvisor.shared.model.mesh"),
    )


@pytest.mark.parametrize(
    ("who", "whom", "contract"),
    [
        ("shared.model.mesh", "worker.mesh.bot", "meet in shared"),
        ("supervisor.app", "worker.mesh.bot", "meet in shared"),
        ("worker.mesh.bot", "features.fleet.supervisor.manager", "children"),
        ("playground.server", "worker.mesh.bot", "protocols of its networks"),
        ("playground.server", "features.fleet.supervisor.manager", "protocols of its networks"),
        ("supervisor.cli.main", "playground.server", "meet in shared"),
        ("features.fleet.supervisor.manager", "worker.mesh.bot", "in children"),
        ("features.jobs.worker.runner", "features.fleet.supervisor.manager", "in children"),
        ("supervisor.children.keeper", "supervisor.control.server", "go down"),
        ("supervisor.control.server", "supervisor.app", "go down"),
        ("supervisor.app", "supervisor.cli.main", "go down"),
        ("supervisor.cli.run", "supervisor.app", "imports nothing of it"),
    ],
)
def test_a_wrong_direction_is_found(tree: Path, who: str, whom: str, contract: str) -> None:
    """One import the wrong way breaks the contract about it."""
    found = broken_contracts(tree, (f"meshvisor.{who}", f"meshvisor.{whom}"))
    assert any(contract in broken for broken in found)


def test_a_cycle_is_found(tree: Path) -> None:
    """Two modules that import each other are found even inside one layer."""
    broken = broken_contracts(
        tree,
        ("meshvisor.shared.model.mesh", "meshvisor.shared.settings.model"),
        ("meshvisor.shared.settings.model", "meshvisor.shared.model.mesh"),
    )

    assert any("cycle" in contract.lower() for contract in broken)
