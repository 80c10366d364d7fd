"""What the command line starts instead of asking: the supervisor, and what stands in for one.

Owns their names.  They are loaded when they are called, as the parts of features are, so that
nothing of a supervisor is part of a command that asks one.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

RUN: Final = "meshvisor.supervisor.app:run"
"""Given options and a screen; becomes the supervisor, and returns the exit code."""
WATCH: Final = "meshvisor.supervisor.reload:watch"
"""Given options; has one run, anew after each change, and returns the exit code."""
PREPARE: Final = "meshvisor.supervisor.control.offline:prepare"
"""Given a request's type and fields; returns what answers it without a supervisor, if it can be."""


def load(entry: str) -> Any:
    """Import and return the object that an entry names.

    Args:
        entry: the module and, behind a colon, what in it.
    """
    module, _, name = entry.partition(":")
    return getattr(import_module(module), name)
