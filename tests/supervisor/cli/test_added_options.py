"""Options of `meshvisor run` that features add."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from meshvisor.shared.feature import WITHOUT
from meshvisor.supervisor.cli.added_options import given
from meshvisor.supervisor.cli.command import CONTEXT_SETTINGS
from meshvisor.supervisor.cli.run import run as run_command
from tests.supervisor.cli.conftest import Run

NAMES = CONTEXT_SETTINGS["help_option_names"]
"""A command keeps the option that it was first given for its help."""


@pytest.mark.parametrize(
    "arguments", [["--playground", "--rooms", "2"], ["--rooms", "2", "--playground"]]
)
def test_what_was_given(arguments: list[str]) -> None:
    """Features find their options by name, in whatever order they were written."""
    values = run_command.make_context("run", arguments, help_option_names=NAMES).params
    assert given(values) == {"playground": True, "rooms": 2}


def test_nothing_was_given() -> None:
    """What was not written is not there."""
    assert given(run_command.make_context("run", [], help_option_names=NAMES).params) == {}


def test_one_that_needs_another(run: Run) -> None:
    """The sentence is the feature's own."""
    outcome = run("run", "--rooms", "2")
    assert outcome.code == 2
    assert outcome.err.startswith("Error: --rooms is about the playground; add --playground")


@pytest.mark.parametrize("arguments", [["--playground"], ["--rooms", "2"]])
def test_options_of_a_feature_that_is_left_out(arguments: list[str]) -> None:
    """They are refused with the reason, and the help does not show them."""
    program = "import sys; from meshvisor.supervisor.cli.main import main; main(sys.argv[1:])"

    def ask(*typed: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", program, "run", *typed],
            env={**os.environ, WITHOUT: "playground"},
            capture_output=True,
            text=True,
            check=False,
        )

    sentence = f"{arguments[0]} is an option of the feature playground, which {WITHOUT} leaves out"
    assert sentence in ask(*arguments).stderr
    shown = ask("--help").stdout
    assert "--single-process" in shown
    assert arguments[0] not in shown
