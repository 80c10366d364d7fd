"""Where Python code lies: which files are code, whose it is, and where a module would come from.

Owns these three questions, for all who look at code without running it: who may change it
(`shared.exposure`), whether it has changed (`worker.plugin_code`, `supervisor.source_changes`), and
whose log records count (`shared.logs.levels`).  Imports nothing that it is asked about.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from importlib.machinery import all_suffixes
from pathlib import Path
from typing import Final

SUFFIXES: Final = tuple(all_suffixes())
"""What Python imports: sources, byte code and extension modules."""

MOST_FILES: Final = 5_000
"""Files of one folder that are looked at: far more than plug-ins need, and nothing has to wait for
a whole virtual environment that is kept there."""

OURS: Final = frozenset({"benchmarks", "meshvisor"})
"""Our own top-level packages, which may be installed where libraries are."""

_STANDARD_LIBRARY: Final = os.path.dirname(os.__file__) + os.sep
_INSTALLED: Final = tuple(f"{os.sep}{name}{os.sep}" for name in ("site-packages", "dist-packages"))


def is_installed(path: str) -> bool:
    """Say whether a source file is of Python itself or of an installed package, ours included."""
    return path.startswith(_STANDARD_LIBRARY) or any(folder in path for folder in _INSTALLED)


def code_below(folder: str, suffixes: tuple[str, ...] = SUFFIXES) -> Iterator[str]:
    """Yield the paths of all code below a folder, in a fixed order.

    Links are followed, and each folder is looked into once; `__pycache__` and hidden folders are
    left out.  What cannot be looked at is passed over.

    Args:
        folder: where to begin.
        suffixes: how the names of code end.
    """
    seen: set[tuple[int, int]] = set()
    for root, folders, names in os.walk(folder, followlinks=True):
        try:
            at = os.stat(root)
        except OSError:  # it is gone meanwhile
            continue
        if (at.st_dev, at.st_ino) in seen:  # a link to a folder above
            folders.clear()
            continue
        seen.add((at.st_dev, at.st_ino))
        folders[:] = sorted(n for n in folders if n != "__pycache__" and not n.startswith("."))
        yield from (os.path.join(root, name) for name in sorted(names) if name.endswith(suffixes))


def places_of(module: str) -> list[Path]:
    """Return the file or the folders of a top-level module; none: it is built in, or not there."""
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return []
    if spec is None:
        return []
    if spec.submodule_search_locations is not None:
        return [Path(place) for place in spec.submodule_search_locations]
    return [Path(spec.origin)] if spec.has_location and spec.origin else []
