"""Modules that are loaded when something of them is used for the first time.

Owns that, for what a start has no need of: the shapes of answers take a millisecond of processor
time for every two, and the first worker would wait for all of them.  Type checkers are given the
module itself:

    if TYPE_CHECKING:
        from meshvisor.features.jobs import results
    else:
        results = late("meshvisor.features.jobs.results")
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Late:
    """Stands for a module; what was looked up once is kept."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(import_module(self._name), attribute)
        setattr(self, attribute, value)
        return value


def late(name: str) -> Any:
    """Return what stands for a module, which is not looked for before.

    Args:
        name: the module's full name.
    """
    return Late(name)
