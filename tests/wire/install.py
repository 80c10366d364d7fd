"""Installs `mesh_wire` as pip would, into a folder of its own."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).with_name("mesh_wire")


def install_wire(folder: Path) -> None:
    """Put the package and what says that it is installed into a folder of `sys.path`."""
    shutil.copytree(PACKAGE, folder / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    install_entry_point(folder, "mesh-wire", "wire", "mesh_wire.kind:WIRE")


def install_entry_point(folder: Path, package: str, name: str, value: str) -> None:
    """Put what says that a package with one transport is installed into a folder.

    Args:
        folder: one of `sys.path`.
        package: its name.
        name: of the transport.
        value: `module:attribute` of its kind.
    """
    info = folder / f"{package.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[meshvisor.transports]\n{name} = {value}\n")
    (info / "INSTALLER").write_text("a test\n")
