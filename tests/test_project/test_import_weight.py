"""The supervisor carries nothing about for life that only others need."""

from __future__ import annotations

import subprocess
import sys

import pytest

OTHERS: dict[str, str] = {
    "aiohttp": "the playground",
    "difflib": "whoever has made a typing error",
    "prompt_toolkit": "chat",
    "psutil": "the doctor",
    "urllib.request": "platforms that are not on this machine",
    "meshvisor.supervisor.source_changes": "--reload",
    "websockets": "workers and chat",
}
"""Modules, and who needs them."""


@pytest.fixture(scope="module")
def loaded() -> frozenset[str]:
    """Return the names of all modules that a supervisor loads until it serves."""
    program = (
        "import sys, meshvisor.supervisor.cli.main, meshvisor.supervisor.cli.root, "
        "meshvisor.supervisor.cli.run, "
        "meshvisor.supervisor.cli.live_line, meshvisor.supervisor.serving; print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60
    )
    return frozenset(done.stdout.split())


@pytest.mark.parametrize("module", OTHERS)
def test_only_others_load_it(loaded: frozenset[str], module: str) -> None:
    """Each of them costs memory that is missing for workers."""
    assert "meshvisor.supervisor.service" in loaded
    assert module not in loaded
