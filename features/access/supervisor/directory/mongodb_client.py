"""Making the driver's client, the same way for everyone who needs one.

Owns our defaults and the error message when the driver does not want the URI and the options
together.  Does not own checking each of them by itself (`database_config`) nor what is done with
the client (`mongodb`, `trial`).
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Mapping
from typing import Any, Final

from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from meshvisor.features.access.supervisor.directory.database_config import MongoConfig, of_driver
from meshvisor.shared.errors import SettingsError

DEFAULTS: Final[Mapping[str, Any]] = {
    "appName": "meshvisor",
    "minPoolSize": 0,
    # The other way of watching a server keeps a third connection open to learn of a failover some
    # seconds earlier; a failed statement makes the driver look at once anyway.
    "serverMonitoringMode": "poll",
}
"""Options of the driver, where neither the URI nor config/database.json has them."""

POOL_SIZE: Final = 4
"""Connections at most: one statement at a time, and a change stream that waits for the server's
answer.  More where minPoolSize asks for more."""

SELECTION: Final = 0.8
"""Part of the deadline for finding a server, so that its error comes before the deadline."""

log = logging.getLogger(__name__)


def make_client(config: MongoConfig, timeout: float) -> AsyncMongoClient[dict[str, Any]]:
    """Return a client that has not connected yet; inside the running loop.

    Args:
        config: the server.
        timeout: seconds until the caller gives up.

    Raises:
        SettingsError: the URI and the options do not go together, or name a file that cannot be
            used; the operator mends them.
    """
    uri, options = config.uri.get_secret_value(), _options(config, timeout)
    try:
        # The driver warns of what it leaves out, a compressor that is not installed, on the
        # terminal and with the place in its own code.
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always", UserWarning)
            client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(uri, **options)
    except (PyMongoError, ValueError, TypeError, OSError) as error:
        raise SettingsError(
            f"{config.source} cannot be used (the driver says: {of_driver(error)[:200]}); allowed: "
            "options of a MongoDB URI that go together, and files that are there"
        ) from error
    for text in dict.fromkeys(str(one.message) for one in warned):
        log.warning("%s: %s", config.source, text)
    return client


def _options(config: MongoConfig, timeout: float) -> dict[str, Any]:
    options: dict[str, Any] = {name.lower(): value for name, value in config.options.items()}
    uri = config.uri.get_secret_value()
    in_uri = {name.lower(): value for name, value in re.findall(r"[?&;](\w+)=([^&;]*)", uri)}
    least = str(options.get("minpoolsize", in_uri.get("minpoolsize", 0)))
    ours = {
        **DEFAULTS,
        "maxPoolSize": max(POOL_SIZE, int(least) if least.isdecimal() else 0),
        "serverSelectionTimeoutMS": timeout * SELECTION * 1000,
    }
    for name, value in ours.items():
        if name.lower() not in in_uri:
            options.setdefault(name.lower(), value)
    return options
