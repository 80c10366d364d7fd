"""The supervisor carries nothing about for life that only others need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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


def test_what_the_zygote_waits_for() -> None:
    """It is started before anything heavy is loaded, for it needs as long as the supervisor."""
    program = (
        "import sys, meshvisor.supervisor.cli.main, meshvisor.supervisor.cli.root, "
        "meshvisor.supervisor.cli.run, meshvisor.supervisor.cli.live_line, "
        "meshvisor.supervisor.app; print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60
    )
    loaded = set(done.stdout.split())
    assert "meshvisor.supervisor.children.zygote_start" in loaded
    assert loaded & {"asyncio", "logging", "msgspec", "pydantic", "sqlite3", "tomllib"} == set()


def test_status_loads_no_feature(tmp_path: Path) -> None:
    """Neither the short way nor, with arguments that it does not know, the long one.

    Which commands of features have a short way is in a module that loads none of them.
    """
    program = (
        "import sys; from meshvisor.supervisor.cli.main import main\n"
        "main(sys.argv[1:]); "
        "table = {'meshvisor.features', 'meshvisor.features.short_ways'}; "
        "print(*(name for name in sys.modules.keys() - table "
        "if name.startswith('meshvisor.features')))"
    )
    for arguments in (["status"], ["status", "--sort", "state"], ["version"], ["status", "-h"]):
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments, "--home", str(tmp_path)],
            check=True,
            capture_output=True,
            text=True,
        )
        assert done.stdout.splitlines()[-1] == "", (arguments, done.stdout)
