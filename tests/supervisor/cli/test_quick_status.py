"""The short way to `status` shows what the long way shows, and leaves everything else to it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from meshvisor.shared.paths import Home
from meshvisor.supervisor.cli import main as main_module
from meshvisor.supervisor.cli.status import quick as quick_status
from tests.supervisor.cli.conftest import PROJECT, Run


@pytest.mark.parametrize("arguments", [("status",), ("status", "--json"), ("--json", "status")])
def test_both_ways_are_the_same(
    run: Run, served: Home, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What click shows is what is shown without it."""
    home = ("--home", served.root)
    quickly = run(*arguments, *home)
    monkeypatch.setattr(quick_status, "try_quickly", lambda _arguments: False)
    assert run(*arguments, *home) == quickly


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["status", "--watch"],
        ["status", "--help"],
        ["status", "status"],
        ["status", "--home"],
        ["logs", "--json"],
        ["--json"],
    ],
)
def test_everything_else_is_left_to_click(arguments: list[str]) -> None:
    """Other commands, options and mistakes are not guessed at."""
    assert not quick_status.try_quickly(arguments)


def test_relative_home(run: Run, served: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home may be named relative to the current folder."""
    monkeypatch.chdir(served.root.parent)
    assert run("status", "--home", served.root.name).code == 0


def test_click_is_not_loaded(served: Home) -> None:
    """`status` loads neither click nor anything else that would make it wait."""
    program = (
        "import sys; from meshvisor.supervisor.cli.main import main\n"
        f"assert main(['status', '--home', {str(served.root)!r}]) == 0\n"
        "slow = {'click', 'asyncio', 'pydantic', 'msgspec', 'pathlib', 'dataclasses', 'inspect'}\n"
        "print('loaded:', *((slow | {'logging'}) & set(sys.modules)))"
    )
    # Without site: in an editable installation its hooks load pathlib themselves.
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    done = subprocess.run(
        [sys.executable, "-S", "-c", program],
        capture_output=True, text=True, check=True, cwd=PROJECT, env=environment,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "loaded:"


def test_completion_is_not_taken_for_a_command(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """While the shell completes, nothing is asked of the supervisor."""
    monkeypatch.setenv(main_module.COMPLETION_VARIABLE, "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "meshvisor stat")
    monkeypatch.setenv("COMP_CWORD", "1")
    with pytest.raises(SystemExit):
        run("status")
