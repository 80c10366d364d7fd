"""The wheel that the image installs has everything, and runs without the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from meshvisor.shared.version import VERSION
from tests.deploy.wheel import pip


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that the wheel is installed in."""
    folder = tmp_path_factory.mktemp("site")
    pip("install", "--target", folder, wheel)
    return folder


def run(installed: Path, *line: str | Path) -> str:
    """Run something with the wheel in front of the checkout; return what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        line, cwd=installed, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_nothing_of_the_packages_is_missing(project: Path, wheel: Path) -> None:
    """Queries, migrations, built pages and all else beside the modules is in the wheel."""
    content = tomllib.loads((project / "pyproject.toml").read_text())
    packages = content["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())

    wanted = {
        str((Path(folder) / file).relative_to(project))
        for package in packages
        for folder, _, files in os.walk(project / package, followlinks=True)
        for file in files
        if "__pycache__" not in folder
    }
    sources = {name for name in wanted if name.startswith("meshvisor/console/web/")}

    assert "meshvisor/features/jobs/migrations/0001_jobs.sql" in wanted
    assert wanted - packed == sources, "what the pages are built from is not needed to show them"


def test_the_program_runs_out_of_the_wheel(installed: Path) -> None:
    """`meshvisor` is installed as a program, and what it runs is the wheel's."""
    where = "import meshvisor.supervisor.cli.root as module; print(module.__file__)"

    assert run(installed, installed / "bin" / "meshvisor", "--version") == f"meshvisor {VERSION}"
    assert Path(run(installed, sys.executable, "-c", where)).is_relative_to(installed)


def test_every_module_of_the_wheel_can_be_imported(installed: Path) -> None:
    """No module needs a file that only the checkout has."""
    program = """
import importlib, pathlib
count = 0
for file in sorted(pathlib.Path().glob("meshvisor/**/*.py")):
    name = ".".join(file.with_suffix("").parts).removesuffix(".__init__")
    if not name.endswith("__main__"):
        importlib.import_module(name)
        count += 1
print(count)
"""
    assert int(run(installed, sys.executable, "-c", program)) > 300


def test_nothing_else_is_installed_at_the_top(wheel: Path) -> None:
    """Other packages may have any name but one."""
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
    assert tops == {"meshvisor", f"meshvisor-{VERSION}.dist-info"}
