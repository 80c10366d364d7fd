"""Builds the wheel and installs it, both without a network."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.deploy.dockerfile import copied, read


def build(project: Path, folder: Path) -> Path:
    """Return the wheel, built from nothing but what the Dockerfile copies and without a network."""
    source = folder / "source"
    source.mkdir()
    for name in copied(read(project / "Dockerfile")):
        copy = source / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if (project / name).is_dir():
            shutil.copytree(
                project / name,
                copy,
                symlinks=True,  # as Docker copies them
                ignore=shutil.ignore_patterns("__pycache__", "node_modules"),
                dirs_exist_ok=True,
            )
        else:
            shutil.copy(project / name, copy)
    out = folder / "wheel"
    pip("wheel", "--no-build-isolation", "--wheel-dir", out, source)
    (made,) = out.glob("*.whl")
    return made


def pip(*arguments: str | Path) -> None:
    """Run pip, which may not ask for input."""
    line = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    subprocess.run(
        [*line, "--no-index", "--no-deps", "--quiet"], capture_output=True, text=True, check=True
    )
