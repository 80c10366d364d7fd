"""What the commands about background commands have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from meshvisor.features.background.folder import VARIABLE, choose_folder
from meshvisor.features.background.names import Files, check_name
from meshvisor.supervisor.cli.parameters import CheckedType

NAME: Final = CheckedType("name", check_name)

F = TypeVar("F", bound=Callable[..., Any])


def pid_dir_option(function: F) -> F:
    """Add `--pid-dir`."""
    return click.option(
        "--pid-dir",
        metavar="DIR",
        type=click.Path(file_okay=False),
        help=f"Folder of the files [default: {VARIABLE}, else your own].",
    )(function)


def files_of(name: str, pid_dir: str | None) -> Files:
    """Return the files of a command.

    Raises:
        MissingError: there is no folder for them.
    """
    return Files(choose_folder(pid_dir), name)
