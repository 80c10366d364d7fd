"""`worker.api`: the name under which plug-ins found everything before it was `meshvisor`.

Owns that the name goes on working where no other package has a module `worker`, and what is said
where one has: the other wins.  Called before a plug-in is loaded (`worker.plugins`).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Final

PACKAGE: Final = "worker"
MODULE: Final = "worker.api"


def keep_working() -> None:
    """Have the name found where nothing else has it; more than once does no harm."""
    if _FINDER not in sys.meta_path:
        sys.meta_path.append(_FINDER)


def hint(error: BaseException) -> str | None:
    """Return what is wrong where an import of the name met a module of another package."""
    held = sys.modules.get(PACKAGE)
    if not isinstance(error, ImportError) or error.name != MODULE or held is None:
        return None
    if _is_ours(held):
        return None
    return (
        f"it imports {MODULE}, and {PACKAGE} is another module here ({_place(held)}); import from "
        "meshvisor instead, as in: from meshvisor import command"
    )


# Private


class _FormerName(MetaPathFinder, Loader):
    """Finds the package and the module; last in the list, so that any other comes first."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == PACKAGE:
            return ModuleSpec(fullname, self, is_package=True)
        if fullname == MODULE and _is_ours(sys.modules[PACKAGE]):
            return ModuleSpec(fullname, self)
        return None

    def exec_module(self, module: ModuleType) -> None:
        if module.__name__ == MODULE:
            from meshvisor.worker.api import plug_in_names

            module.__dict__.update(plug_in_names())
            module.__dict__["__all__"] = sorted(plug_in_names())


_FINDER: Final = _FormerName()


def _is_ours(module: ModuleType) -> bool:
    return module.__spec__ is not None and module.__spec__.loader is _FINDER


def _place(module: ModuleType) -> str:
    return str(
        getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", [])), "?")
    )
