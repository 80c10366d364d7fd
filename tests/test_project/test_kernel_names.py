"""The kernel names no feature: neither a module of one, nor a request, a setting or a file."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

from meshvisor.features.short_ways import SHORT_WAYS
from meshvisor.shared.feature import features
from meshvisor.supervisor.control.registry import owners

KERNEL: Final = ("supervisor", "shared", "worker")

ALLOWED: Final = {
    ("shared/control/unknown_mesh.py", "fleet.unknown"),  # codes stay as they are
    ("shared/control/unknown_mesh.py", "fleet.no_meshes"),
    ("shared/settings/kernel.py", "fleet"),  # the section that has `shutdown_timeout`
    ("supervisor/logs/store.py", "records"),  # of the log
    ("shared/paths.py", "credentials.json"),  # places of a home
    ("supervisor/reload.py", "database.json"),  # `--reload` looks at the checkout and at this
    ("supervisor/reload.py", "console"),  # folders of the checkout
    ("supervisor/reload.py", "playground"),
}
"""Texts that are no feature's, or that the contracts of docs/decisions/0026-features.md keep."""


def texts(tree: ast.Module) -> Iterator[str]:
    """Yield the texts and imports of a module; no docstrings."""
    documentation = {
        id(part.value)
        for node in ast.walk(tree)
        if isinstance(body := getattr(node, "body", None), list)
        for part in body
        if isinstance(part, ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) not in documentation:
                yield node.value
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (one.name for one in node.names)


def names(tree: ast.Module) -> Iterator[str]:
    """Yield what a module calls by name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            yield node.id if isinstance(node, ast.Name) else node.attr


@pytest.mark.parametrize("folder", KERNEL)
def test_the_kernel_names_no_feature(project: Path, folder: str) -> None:
    """What it needs of one, the feature says itself (`Feature`)."""
    requests = {
        handler.kind
        for feature, handlers in owners()
        if feature is not None
        for handler in handlers
        if "_" in handler.kind  # others are words, such as `start`
    }
    files = {Path(one).name for feature in features() for one in feature.files}
    known = "|".join(feature.name for feature in features())
    of_a_feature = re.compile(rf"(meshvisor\.)?features\.({known})\b.*|({known})(\.\w+)*")
    found = set()
    for path in (project / folder).rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        said = {one for one in texts(tree) if of_a_feature.fullmatch(one) or one in files}
        said |= requests.intersection((*texts(tree), *names(tree)))
        found |= {(str(path.relative_to(project)), one) for one in said}
    assert found <= ALLOWED


@pytest.mark.parametrize(("command", "module"), SHORT_WAYS.items())
def test_short_ways_are_of_features(command: str, module: str) -> None:
    """Each is of a command that its feature has, and can be tried."""
    (owner,) = (one for one in features() if module.startswith(f"{one.package}."))
    assert any(command in commands for commands in owner.commands.values())
    assert callable(import_module(module).try_quickly)
