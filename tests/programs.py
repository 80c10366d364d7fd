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
from typing import Final

import pytest


@dataclass(frozen=True, slots=True)
class Package:
    """Programs that come together and are not installed with the project."""

    commands: tuple[str, ...]
    serves: str
    """The tests that cannot run without them, as a noun phrase."""
    remedy: str
    """How to get them."""

    @property
    def missing(self) -> tuple[str, ...]:
        """The commands that are not on the PATH."""
        return tuple(command for command in self.commands if not shutil.which(command))

    @property
    def complaint(self) -> str:
        """The sentence for people who lack any of them."""
        return (
            f"{self.serves.capitalize()} need {' and '.join(self.missing)}, "
            f"which cannot be found: {self.remedy}"
        )


NODE: Final = Package(
    ("node", "npm"),
    "the tests with real protoo peers",
    "install Node 18 or newer (Debian, Ubuntu: apt-get install nodejs npm)",
)
SYSTEMD: Final = Package(
    ("systemd-analyze", "systemd-sysusers"),
    "the tests of the systemd unit",
    "install systemd, which need not run (Debian, Ubuntu: apt-get install systemd)",
)
OPENSSL: Final = Package(
    ("openssl",),
    "the tests of secure connections",
    "install OpenSSL (Debian, Ubuntu: apt-get install openssl)",
)
CHROMIUM: Final = Package(
    ("chromium-headless-shell",),
    "the tests of the pages",
    "install Chromium's headless shell (Debian: apt-get install chromium-headless-shell)",
)
NGIRCD: Final = Package(
    ("ngircd",),
    "the tests with a real IRC server",
    "install ngIRCd, which need not run (Debian, Ubuntu: apt-get install ngircd)",
)

INSPIRCD: Final = Package(
    ("inspircd", "atheme-services"),
    "the tests with an IRC server that has accounts",
    "install InspIRCd and Atheme, which need not run (Debian, Ubuntu: apt-get install inspircd "
    "atheme-services)",
)

MOSQUITTO: Final = Package(
    ("mosquitto",),
    "the tests with a real MQTT broker",
    "install Mosquitto, which need not run (Debian, Ubuntu: apt-get install mosquitto)",
)

ALL: Final = (NODE, SYSTEMD, OPENSSL, CHROMIUM, NGIRCD, INSPIRCD, MOSQUITTO)


def in_ci() -> bool:
    """Return whether a missing program is a failure."""
    return os.environ.get("CI") == "true"


def give_up(reason: str) -> None:
    """Skip the running test because of `reason`; fail it with CI=true."""
    if in_ci():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def require(package: Package) -> None:
    """Skip the running test, or fail it with CI=true, unless all of `package` is installed."""
    if package.missing:
        give_up(package.complaint)


def main() -> int:
    """Print a sentence for each package of which something is missing; return the exit code."""
    wanting = [package for package in ALL if package.missing]
    for package in wanting:
        print(f"{package.complaint}.", file=sys.stderr)
    if wanting and not in_ci():
        print("Without them those tests are skipped.", file=sys.stderr)
    return 1 if wanting and in_ci() else 0


if __name__ == "__main__":
    sys.exit(main())
