"""pydantic without what other packages in the environment would add to it.

With its first model pydantic asks every installed package whether it brings a plug-in that looks
into all models.  Settings hold secrets, so none may; and loading what asks, and asking, was 27 ms
of each start.  Called by `supervisor.app` before it imports anything that has models.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Final

LOADER: Final = "pydantic.plugin._loader"
"""Asks them.  It is pydantic's own affair: where it has another name, this here does nothing but
cost the time again, which a test notices.  `PYDANTIC_DISABLE_PLUGINS` would load it all the same,
and every program that is executed would inherit it."""


def keep_alone() -> None:
    """Have pydantic ask no plug-ins; does nothing where it has asked already."""
    if LOADER not in sys.modules:
        loader = ModuleType(LOADER, "Finds no plug-ins.")
        loader.__dict__["get_plugins"] = tuple
        sys.modules[LOADER] = loader
