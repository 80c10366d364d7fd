"""What of the blocklist keeps a supervisor from starting."""

from __future__ import annotations

from meshvisor.features.blocklist import file as blocklist_file
from meshvisor.features.blocklist.settings import BlocklistFileSetting
from meshvisor.shared.clock import SystemClock
from meshvisor.shared.home_files import unreadable
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.cli.config.problems import Examination


def look(found: Examination) -> None:
    """Read its file as a start does."""
    settings = found.settings
    if settings is not None:
        found.check(lambda: _read(found.home, settings))


def _read(home: Home, settings: Settings) -> None:
    path = home.below(settings.of(BlocklistFileSetting).blocklist_persist_path)
    try:
        blocklist_file.read(path, round(SystemClock().wall() * 1000))
    except OSError as error:
        raise unreadable(path, error) from None
