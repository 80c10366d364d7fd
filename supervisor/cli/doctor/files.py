"""The folder of plug-ins: readable.  Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from meshvisor.shared.errors import MissingError
from meshvisor.shared.home_files import check_folder
from meshvisor.shared.paths import Home
from meshvisor.supervisor.cli.doctor.finding import Finding, fail

NEXT_STEP: Final = "run that: a supervisor does not start, or goes on with what it knew"


def check(home: Home) -> Iterator[Finding]:
    """Look at what a supervisor reads at its start."""
    try:
        check_folder(home.plugins)
    except MissingError as error:
        yield fail("plug-ins", str(error), NEXT_STEP)
