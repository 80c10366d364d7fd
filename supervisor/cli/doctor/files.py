"""The blocklist and the plug-ins: readable, and every block understood.  Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from meshvisor.features.blocklist import file as blocklist_file
from meshvisor.features.blocklist.settings import BlocklistFileSetting
from meshvisor.shared.clock import SystemClock
from meshvisor.shared.errors import MissingError
from meshvisor.shared.home_files import check_folder, unreadable
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.cli.doctor.finding import Finding, fail, ok
from meshvisor.supervisor.cli.human import number

_MEND = "run that: a supervisor does not start, or goes on with what it knew"


def check(home: Home, settings: Settings) -> Iterator[Finding]:
    """Read what a supervisor reads at its start and nothing else here looks at."""
    yield from _blocklist(home, settings)
    try:
        check_folder(home.plugins)
    except MissingError as error:
        yield fail("plug-ins", str(error), _MEND)


# Private


def _blocklist(home: Home, settings: Settings) -> Iterator[Finding]:
    path = home.below(settings.of(BlocklistFileSetting).blocklist_persist_path)
    try:
        contents = blocklist_file.read(path, round(SystemClock().wall() * 1000))
    except OSError as error:
        yield fail("blocklist", str(unreadable(path, error)), _MEND)
        return
    for problem in contents.problems:
        yield fail(
            "blocklist", f"{path}: {problem}", "correct the file; nobody is let in until then"
        )
    if not contents.problems:
        yield ok("blocklist", number(len(contents.entries), "entry", "entries"))
