"""What `meshvisor doctor` checks: the rules of time zones are there."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from meshvisor.supervisor.cli.doctor.check import Check, Examined
from meshvisor.supervisor.cli.doctor.finding import Finding, ok, warn

_USUAL: Final = "Europe/Berlin"
"""A zone that every set of rules has."""


def check(_examined: Examined) -> Iterator[Finding]:
    """Look where they come from."""
    folder = next((one for one in zoneinfo.TZPATH if Path(one, _USUAL).is_file()), None)
    if folder is not None:
        yield ok("time zones", f"rules in {folder}")
    elif find_spec("tzdata") is not None:
        yield ok("time zones", "rules of the package tzdata, for this machine has none")
    else:
        yield warn(
            "time zones",
            "there are no rules of time zones, so schedules can only have UTC",
            "install them: pip install tzdata",
        )


CHECKS: Final = (Check(name="time zones", position=97, examine=check),)
