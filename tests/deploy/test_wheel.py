"""The wheel that the image installs has everything, and runs without the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from meshvisor.shared.version import VERSION
from tests.deploy.dockerfile import copied, read


@pytest.fixture(scope="module")
def wheel(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel, built from nothing but what the Dockerfile copies and without a network."""
    source = tmp_path_factory.mktemp("source")
    for name in copied(read(project / "Dockerfile")):
        copy = source / name
        copy.parent.mkdir(exist_ok=True)
        if (project / name).is_dir():
            shutil.copytree(project / name, copy, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(project / name, copy)
    out = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-build-isolation", "--wheel-dir", out, source)
    (made,) = out.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that the wheel is installed in."""
    folder = tmp_path_factory.mktemp("site")
    pip("install", "--target", folder, wheel)
    return folder


def pip(*arguments: str | Path) -> None:
    """Run pip, which may not ask anybody for anything."""
    line = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    subprocess.run(
        [*line, "--no-index", "--no-deps", "--quiet"], capture_output=True, text=True, check=True
    )


def run(installed: Path, *line: str | Path) -> str:
    """Run something with the wheel in front of the checkout; return what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        line, cwd=installed, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_nothing_of_the_packages_is_missing(project: Path, wheel: Path) -> None:
    """Queries, migrations and all else that lies beside the modules is in the wheel."""
    content = tomllib.loads((project / "pyproject.toml").read_text())
    packages = content["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())

    wanted = {
        str(file.relative_to(project))
        for package in packages
        for file in (project / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }

    assert wanted
    assert wanted - packed == set()


def test_the_program_runs_out_of_the_wheel(installed: Path) -> None:
    """`meshvisor` is installed as a program, and what it runs is the wheel's."""
    where = "import meshvisor.supervisor.cli.root as module; print(module.__file__)"

    assert run(installed, installed / "bin" / "meshvisor", "--version") == f"meshvisor {VERSION}"
    assert Path(run(installed, sys.executable, "-c", where)).is_relative_to(installed)


def test_every_module_of_the_wheel_can_be_imported(installed: Path) -> None:
    """No module needs a file that only the checkout has."""
    program = """
import importlib, pathlib
for file in sorted(pathlib.Path().glob("s*/**/*.py")):
    name = ".".join(file.with_suffix("").parts).removesuffix(".__init__")
    if file.parts[0] in ("shared", "supervisor") and not name.endswith("__main__"):
        importlib.import_module(name)
print("imported")
"""
    assert run(installed, sys.executable, "-c", program) == "imported"
