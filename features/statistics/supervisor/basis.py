"""What actions of statistics have to know of the settings, which are the supervisor's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meshvisor.features.statistics.supervisor.recorder import Recorder
from meshvisor.shared.late import late
from meshvisor.shared.paths import Home

if TYPE_CHECKING:
    from meshvisor.features.statistics import results
else:
    results = late("meshvisor.features.statistics.results")


class Basis:
    """Answers requests of `features.statistics.requests`.

    Args:
        home: whose `config/database.json` counts.
        recorder: has the settings as they are.
    """

    def __init__(self, home: Home, recorder: Recorder) -> None:
        self._home = home
        self._recorder = recorder

    def basis(self) -> results.StatisticsBasis:
        """Return what days are meant by, and which months are kept."""
        recorder = self._recorder
        return results.StatisticsBasis(timezone=recorder.timezone, keep_from=recorder.keep_from)

    def server(self) -> results.StatisticsServer:
        """Return the MongoDB server; reads a file.

        Raises:
            MissingError: none is named.
            SettingsError: what is named is not what it should be.
        """
        from meshvisor.features.statistics.migration.server import configured_server

        found = configured_server(self._home, self._recorder.settings)
        return results.StatisticsServer(
            uri=found.uri.get_secret_value(), options=found.options, database=found.database
        )
