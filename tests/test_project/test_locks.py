"""The lock files pin everything by checksum, fit pyproject.toml and name no registry."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PYTHON_LOCKS: Final = ("requirements.lock", "requirements-dev.lock")
PEER_LOCKS: Final = ("requirements-synapse.lock", "requirements-radio-peer.lock")
NODE_LOCK: Final = "tests/peers/package-lock.json"


def pinned(lock: Path) -> dict[str, tuple[Requirement, int]]:
    """Return each package of a Python lock with its pin and how many checksums it has."""
    text = lock.read_text().replace("\\\n", " ")
    pins: dict[str, tuple[Requirement, int]] = {}
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            requirement, *hashes = line.split("--hash=sha256:")
            pin = Requirement(requirement)
            pins[canonicalize_name(pin.name)] = (pin, len(hashes))
    return pins


def asked_for(project: Path, *groups: str) -> list[Requirement]:
    """Return what pyproject.toml asks for, with the dependency groups of these names."""
    content: dict[str, Any] = tomllib.loads((project / "pyproject.toml").read_text())
    wanted = list(content["project"]["dependencies"])
    for group in groups:
        wanted += [entry for entry in content["dependency-groups"][group] if isinstance(entry, str)]
    return [Requirement(entry) for entry in wanted]


@pytest.mark.parametrize("name", [*PYTHON_LOCKS, *PEER_LOCKS])
def test_every_package_is_pinned_with_checksums(project: Path, name: str) -> None:
    """No package of a Python lock can change without notice."""
    pins = pinned(project / name)

    loose = [
        package
        for package, (pin, hashes) in pins.items()
        if not re.fullmatch(r"==[\w.+!]+", str(pin.specifier)) or not hashes
    ]

    assert pins
    assert not loose


@pytest.mark.parametrize(
    ("name", "groups"), [(PYTHON_LOCKS[0], ("build",)), (PYTHON_LOCKS[1], ("build", "dev"))]
)
def test_locks_fit_what_the_project_asks_for(
    project: Path, name: str, groups: tuple[str, ...]
) -> None:
    """Every dependency is locked in a version that pyproject.toml allows; else run `make lock`."""
    pins = pinned(project / name)

    for wanted in asked_for(project, *groups):
        pin, _ = pins[canonicalize_name(wanted.name)]
        assert wanted.specifier.contains(str(pin.specifier).removeprefix("==")), wanted


def test_development_runs_on_what_users_run_on(project: Path) -> None:
    """Both Python locks agree, and the one for development holds the other one."""
    users, developers = (pinned(project / name) for name in PYTHON_LOCKS)

    assert users.items() <= developers.items()


@pytest.mark.parametrize("name", [*PYTHON_LOCKS, *PEER_LOCKS, NODE_LOCK, "tests/peers/.npmrc"])
def test_no_lock_names_a_registry(project: Path, name: str) -> None:
    """Packages come from wherever a machine gets its packages, and are checked by checksum."""
    # Where authors ask for money is no place that packages come from.
    text = re.sub(r'"url": "\S+"', "", (project / name).read_text())

    assert not re.findall(r"\w+://\S+", text)
    assert not re.search(r"index-url|find-links|registry\s*=|\"resolved\"", text)


def test_the_protoo_peers_are_the_ones_whose_behaviour_we_know(project: Path) -> None:
    """Both are pinned to 4.0.8, in what is asked for and in what is locked."""
    lock = json.loads((project / NODE_LOCK).read_text())
    peers = ("protoo-client", "protoo-server")

    assert lock["packages"][""]["dependencies"].items() >= dict.fromkeys(peers, "4.0.8").items()
    assert {lock["packages"][f"node_modules/{peer}"]["version"] for peer in peers} == {"4.0.8"}


def test_every_peer_package_has_a_checksum(project: Path) -> None:
    """Npm takes no package whose content differs from what was locked."""
    packages = json.loads((project / NODE_LOCK).read_text())["packages"]

    assert not [name for name, entry in packages.items() if name and "integrity" not in entry]
