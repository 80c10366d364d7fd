"""What `meshvisor doctor` checks: the blocklist can be read, and every block is understood."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from meshvisor.features.blocklist import file as blocklist_file
from meshvisor.features.blocklist.settings import BlocklistFileSetting
from meshvisor.shared.clock import SystemClock
from meshvisor.shared.home_files import unreadable
from meshvisor.supervisor.cli.doctor.check import Check, Examined
from meshvisor.supervisor.cli.doctor.files import NEXT_STEP
from meshvisor.supervisor.cli.doctor.finding import Finding, fail, ok
from meshvisor.supervisor.cli.human import number


def check(examined: Examined) -> Iterator[Finding]:
    """Read the file as a supervisor does at its start."""
    if examined.settings is None:
        return
    named = examined.settings.of(BlocklistFileSetting).blocklist_persist_path
    path = examined.home.below(named)
    try:
        contents = blocklist_file.read(path, round(SystemClock().wall() * 1000))
    except OSError as error:
        yield fail("blocklist", str(unreadable(path, error)), NEXT_STEP)
        return
    for problem in contents.problems:
        yield fail(
            "blocklist", f"{path}: {problem}", "correct the file; nobody is let in until then"
        )
    if not contents.problems:
        yield ok("blocklist", number(len(contents.entries), "entry", "entries"))


CHECKS: Final = (Check(name="files", position=90, examine=check),)
