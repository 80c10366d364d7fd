"""The MongoDB server of the settings, for actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from meshvisor.features.jobs.worker.home import HomeData

if TYPE_CHECKING:
    from pydantic import SecretStr

    from meshvisor.features.statistics.migration.mongo import MongoEvents


class _Server(NamedTuple):
    uri: SecretStr
    options: Mapping[str, Any]
    database: str


def open_server(home: HomeData) -> MongoEvents:
    """Return the events there, to be closed.

    Raises:
        MeshvisorError: the settings name no server, or none that can be used.
    """
    found = home.ask("statistics_server")
    # Few runners need them, and the driver has 10 MB.
    from pydantic import SecretStr

    from meshvisor.features.statistics.migration.mongo import MongoEvents

    return MongoEvents(_Server(SecretStr(found["uri"]), found["options"], found["database"]))
