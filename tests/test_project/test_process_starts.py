"""Processes are started in few places, each with an owner that keeps them (decision 0131)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

FOLDERS: Final = ("shared", "supervisor", "worker", "features", "console", "playground")

STARTS: Final = frozenset(
    {
        "os.fork",
        "os.posix_spawn",
        "os.posix_spawnp",
        "subprocess.Popen",
        "subprocess.run",
        "subprocess.check_output",
        "asyncio.create_subprocess_exec",
        "asyncio.create_subprocess_shell",
        "multiprocessing.get_context",
        "multiprocessing.Process",
        "spawn",
    }
)

KEPT: Final = frozenset(
    {
        "supervisor/children/forked.py",
        "supervisor/children/programs.py",
        "supervisor/spawn.py",
    }
)
"""The two ways in which `children.keeper` starts a child, and the call beneath them."""

APART: Final = frozenset(
    {
        "features/background/keeper/__main__.py",
        "features/background/keeper/keeper.py",
        "features/background/starting.py",
        "features/fleet/supervisor/providers/account.py",
        "features/notifications/cli/doctor.py",
        "features/program/worker/command.py",
        "features/statistics/aggregation/pool.py",
        "supervisor/children/zygote_start.py",
        "supervisor/cli/doctor/machine.py",
        "supervisor/reload.py",
        "worker/zygote/forker.py",
        "worker/zygote/preload.py",
    }
)
"""Each of them has its reason in the decision."""


def starts(tree: ast.Module) -> Iterator[str]:
    """Yield the calls that start a process."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in STARTS or called.endswith("spawner.spawn"):
                yield called


def test_processes_are_started_in_known_places(project: Path) -> None:
    """A new kind of child is one of `children.keeper`, or its reason is written down first."""
    found = {
        str(path.relative_to(project))
        for folder in FOLDERS
        for path in (project / folder).rglob("*.py")
        if any(starts(ast.parse(path.read_text())))
    }
    assert found == KEPT | APART


def test_the_decision_names_all_that_are_apart(project: Path) -> None:
    """None is left without its reason."""
    text = (project / "docs/decisions/0131-one-keeper.md").read_text()
    assert [name for name in sorted(APART) if f"../../{name}" not in text] == []
