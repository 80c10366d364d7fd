"""Features are what their contract says: found by name, and independent but where they say so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

from meshvisor.shared.feature import Feature, features

PARTS = (
    "settings", "events", "messages", "requests", "services", "offline", "worker", "api",
    "actions", "schedules", "plug_ins", "checks", "routes", "metrics",
    "authenticator",
)  # fmt: skip


def parts_of(feature: Feature) -> Iterator[str]:
    """Yield the names of all parts that a feature says it has."""
    yield from (part for kind in PARTS if (part := getattr(feature, kind)))
    for commands in feature.commands.values():
        yield from commands.values()


@pytest.mark.parametrize("feature", features(), ids=lambda feature: feature.name)
def test_every_part_is_there(feature: Feature) -> None:
    """What is loaded only when it is needed is no typing error."""
    for part in parts_of(feature):
        assert feature.load(part) is not None
    if feature.migrations:
        assert list(feature.folder(feature.migrations).glob("*.sql"))


def test_every_folder_is_registered(project: Path) -> None:
    """A folder that is not registered would be dead."""
    folders = {path.parent.name for path in (project / "features").glob("*/feature.py")}
    assert folders == {feature.name for feature in features()}


def test_features_import_only_those_that_they_require() -> None:
    """All else would keep one from being left out."""
    graph = grimp.build_graph("meshvisor", cache_dir=None)
    allowed = {feature.name: {feature.name, *feature.requires} for feature in features()}
    wrong = [
        f"{importer} -> {imported}"
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
        if (user := feature_of(importer)) and (used := feature_of(imported))
        if used not in allowed[user]
    ]
    assert not wrong


def feature_of(module: str) -> str:
    """Return the name of the feature that a module is of; empty: it is of none."""
    parts = module.split(".")
    return parts[2] if parts[:2] == ["meshvisor", "features"] and len(parts) > 3 else ""
