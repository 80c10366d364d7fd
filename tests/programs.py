"""Programs of others that tests run, and what is said where one is missing.

Owns the list and the sentence.  `make test` prints the sentence before the tests (`python -m
tests.programs`), a test that needs the program repeats it as the reason why it was skipped.
With CI=true a missing program is a failure: what is not tested there is tested nowhere.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest


@dataclass(frozen=True, slots=True)
class Program:
    """A program that is not installed with the project."""

    command: str
    serves: str
    """The tests that cannot run without it, as a noun phrase."""
    remedy: str
    """How to get it."""

    @property
    def path(self) -> Path | None:
        """Where it is installed; None if it is not."""
        found = shutil.which(self.command)
        return Path(found) if found else None

    @property
    def complaint(self) -> str:
        """The sentence for people who lack it."""
        return f"{self.command} is missing, which {self.serves} need: {self.remedy}"


NODE: Final = Program(
    "node",
    "the tests with real protoo peers",
    "install Node 18 or newer (Debian, Ubuntu: apt-get install nodejs npm)",
)
NPM: Final = Program("npm", NODE.serves, NODE.remedy)
SYSTEMD_ANALYZE: Final = Program(
    "systemd-analyze",
    "the tests of the systemd unit",
    "install systemd (Debian, Ubuntu: apt-get install systemd; it need not run)",
)
SYSTEMD_SYSUSERS: Final = Program(
    "systemd-sysusers", SYSTEMD_ANALYZE.serves, SYSTEMD_ANALYZE.remedy
)

ALL: Final = (NODE, NPM, SYSTEMD_ANALYZE, SYSTEMD_SYSUSERS)


def in_ci() -> bool:
    """Return whether a missing program is a failure."""
    return os.environ.get("CI") == "true"


def give_up(reason: str) -> None:
    """Skip the running test because of `reason`; fail it with CI=true."""
    if in_ci():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def require(*programs: Program) -> None:
    """Skip the running test, or fail it with CI=true, unless all `programs` are installed."""
    for program in programs:
        if program.path is None:
            give_up(program.complaint)


def main() -> int:
    """Print a sentence for each missing program; return the exit code."""
    missing = [program for program in ALL if program.path is None]
    for program in missing:
        print(f"{program.complaint}.", file=sys.stderr)  # noqa: T201 - this is a command
    if missing and not in_ci():
        print("Without them those tests are skipped.", file=sys.stderr)  # noqa: T201
    return 1 if missing and in_ci() else 0


if __name__ == "__main__":
    sys.exit(main())
