"""Whether the program of a mesh is there, as `meshvisor doctor` sees it.

Owns the look, which starts nothing.  Does not own starting it (`worker.command`), which looks in
the same places: a name without a slash below `PATH`, one with it from the folder of the program.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from meshvisor.shared.transports import TransportCheckError

SCRIPTS: Final = frozenset({".js", ".mjs", ".pl", ".py", ".rb", ".sh", ".ts"})
"""Endings of what interpreters are given as their first argument."""


def check(settings: Mapping[str, Any], home: Path) -> None:
    """Look for the program of a mesh.

    Args:
        settings: as `ProgramSettings` has checked them.
        home: where it runs, unless its folder is absolute.

    Raises:
        TransportCheckError: it cannot be started like this.
    """
    folder = home / settings["folder"]
    if not folder.is_dir():
        raise TransportCheckError(
            f"its folder {folder} does not exist", "make it, or correct `folder`"
        )
    name, *arguments = settings["command"]
    if "/" in name:
        _look_at(folder / name)
    else:
        path = settings["environment"].get("PATH", os.environ.get("PATH", os.defpath))
        if shutil.which(name, path=path) is None:
            raise TransportCheckError(
                f"the program {name} is not in any folder of PATH ({path})",
                "install it, or write where it is in `command`",
            )
    if arguments and Path(arguments[0]).suffix in SCRIPTS and not (folder / arguments[0]).exists():
        raise TransportCheckError(
            f"{folder / arguments[0]} does not exist, which {name} is to run",
            "correct `command`, or `folder`",
        )


# Private


def _look_at(program: Path) -> None:
    if not program.is_file():
        raise TransportCheckError(
            f"the program {program} does not exist", "correct `command`, or `folder`"
        )
    if not os.access(program, os.X_OK):
        raise TransportCheckError(
            f"the program {program} is not executable",
            f"chmod +x {program}, or name what runs it first, such as python3",
        )
