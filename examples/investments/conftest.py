"""A home with nothing in it, and the plug-in for the tests that need it registered."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meshvisor.features.jobs.worker.actions import ACTIONS
from meshvisor.worker.mesh.commands.registry import COMMANDS

REGISTRIES: tuple[Any, ...] = (ACTIONS, COMMANDS)


def _register() -> list[Any]:
    """Import the plug-in once, before the tests do, and return what it has registered."""
    before = [registry.snapshot() for registry in REGISTRIES]
    importlib.import_module("examples.investments.investments")
    registered = [registry.snapshot() for registry in REGISTRIES]
    for registry, state in zip(REGISTRIES, before, strict=True):
        registry.restore(state)
    return registered


REGISTERED = _register()


@pytest.fixture
def plugin() -> Iterator[None]:
    """Have the plug-in registered."""
    before = [registry.snapshot() for registry in REGISTRIES]
    for registry, state in zip(REGISTRIES, REGISTERED, strict=True):
        registry.restore(state)
    yield
    for registry, state in zip(REGISTRIES, before, strict=True):
        registry.restore(state)


@pytest.fixture(autouse=True)
def _in_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be where the children of a supervisor are: in a home."""
    monkeypatch.chdir(tmp_path)
