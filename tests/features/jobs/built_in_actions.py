"""Actions of a feature that there is only in tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from meshvisor.features.jobs.model import built_in


class TestFeature:
    """Brings functions in place of names of functions."""

    __test__ = False

    def __init__(self, functions: dict[str, Callable[[Any], Any]]) -> None:
        self._functions = functions

    def load(self, part: str) -> Any:
        """Return a function."""
        return self._functions[part]


def set_built_in(monkeypatch: pytest.MonkeyPatch, **functions: Callable[[Any], Any]) -> None:
    """Have these be the only built-in actions; each can be run dry and given anything."""
    feature = TestFeature(functions)
    anything = {"items": None, "inputs": None}
    found = {
        name: (
            feature,
            built_in.BuiltInAction(built_in.built_in(name, "", dry_run=True, **anything), name),
        )
        for name in functions
    }
    monkeypatch.setattr(built_in, "_actions", found)
