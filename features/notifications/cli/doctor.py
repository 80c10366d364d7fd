"""What `meshvisor doctor` checks of notifications: whether addresses can be used.

Which channels fail is said by a running supervisor, with all that it has to report.
Whether an address can be used is found out by a process of its own, for the library that knows them
takes 40 MB and most of a second.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Final

from meshvisor.features.notifications.settings import ChannelSettings
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.cli.doctor.check import Check, Examined
from meshvisor.supervisor.cli.doctor.finding import Finding, fail, ok
from meshvisor.supervisor.cli.human import number
from meshvisor.supervisor.cli.terminal import clean

PROGRAM: Final = "meshvisor.features.notifications.worker.check"

TIMEOUT: Final = 60.0
"""Seconds for loading the library and looking at all addresses, on a busy machine."""

TRY: Final = "correct its url in [channels.{0}], then: meshvisor notify test {0}"


def check(examined: Examined) -> Iterator[Finding]:
    """Look at every channel that is enabled; one line for all that are right."""
    if examined.settings is None:
        return
    urls = _urls(examined.settings)
    wrong = _wrong(urls)
    for name, error in wrong.items():
        yield fail(f"channel {clean(name)}", clean(error), TRY.format(clean(name)))
    right = len(urls) - len(wrong)
    if right:
        yield ok("channels", f"{number(right, 'address', 'addresses')} can be used")


# Private


def _urls(settings: Settings) -> dict[str, str]:
    return {
        name: one.url.get_secret_value()
        for name, one in settings.named(ChannelSettings).items()
        if one.enabled and one.kind == "url"
    }


def _wrong(urls: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with addresses, by the names of their channels."""
    if not urls:
        return {}
    # By standard input: all users of the machine can see arguments.
    done = subprocess.run(
        [sys.executable, "-m", PROGRAM],
        input=json.dumps(urls),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    if done.returncode != 0:
        return {}
    found: dict[str, str] = json.loads(done.stdout)
    return found


CHECKS: Final = (Check(name="channels", position=95, examine=check),)
