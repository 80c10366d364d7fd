"""Tab: the scripts of the shells, and the mesh ids that a running supervisor knows."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from meshvisor.shared.paths import Home
from tests.supervisor.cli.conftest import Run, run_process


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_script(run: Run, shell: str) -> None:
    """Each shell has a script, which the shell can read where it is installed."""
    script = run("completion", shell).out
    assert "_MESHVISOR_COMPLETE" in script
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True)
    assert run("completion", shell, "--json").json == {"shell": shell, "script": script[:-1]}


def test_unknown_shell(run: Run) -> None:
    """Another shell is refused with those that are known."""
    outcome = run("completion", "tcsh")
    assert outcome.code == 2
    assert "'bash', 'zsh', 'fish'" in outcome.err


def complete(*words: str) -> list[str]:
    """Return what bash would offer for the last word."""
    outcome = run_process(
        _MESHVISOR_COMPLETE="bash_complete",
        COMP_WORDS=" ".join(("meshvisor", *words)),
        COMP_CWORD=str(len(words)),
    )
    return [line.partition(",")[2] for line in outcome.out.split()]


def test_commands() -> None:
    """Commands of the program and of groups are offered."""
    assert complete("sta") == ["status", "stats", "start", "station"]
    assert complete("blocklist", "un") == ["unblock"]


def test_mesh_ids(served: Home) -> None:
    """Mesh ids come from the supervisor of the home that the line names."""
    home = f"--home={served.root}"
    assert complete(home, "restart", "room-") == ["room-0", "room-1", "room-2"]
    assert complete("--home", str(served.root), "meshes", "show", "room-2") == ["room-2"]


def test_chat_commands(served: Home) -> None:
    """Names of chat commands come from there, too, but for those that cannot be decided about."""
    home = f"--home={served.root}"
    assert complete(home, "perm", "set", "pi") == ["ping"]
    assert complete(home, "perm", "unset", "setp") == []


def test_mesh_ids_without_a_supervisor(tmp_path: Path) -> None:
    """Nothing is offered, and nothing is said, where no supervisor runs."""
    assert complete("--home", str(tmp_path), "restart", "room-") == []
