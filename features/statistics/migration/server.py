"""Which MongoDB server events are moved to: that of `[statistics]`, else that of the directory."""

from __future__ import annotations

from typing import Final

from meshvisor.features.access.supervisor.directory.database_config import (
    MongoConfig,
    load_database_config,
    make_config,
)
from meshvisor.features.statistics.settings import StatisticsSettings
from meshvisor.shared.errors import MissingError
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.model import Settings

SETTING: Final = "statistics.uri"


def configured_server(home: Home, settings: Settings) -> MongoConfig:
    """Return the server that the settings name; the driver is loaded only if there is one.

    Raises:
        MissingError: they name none.
        SettingsError: what they name is not what it should be.
    """
    own = settings.of(StatisticsSettings).uri.get_secret_value()
    found = make_config(own, {}, SETTING) if own else load_database_config(home, settings)
    if found is None:
        raise MissingError(
            f"no MongoDB is configured; name one with {SETTING} in the settings, as "
            "MESHVISOR__STATISTICS__URI, or for one command with --uri mongodb://…"
        )
    return found
