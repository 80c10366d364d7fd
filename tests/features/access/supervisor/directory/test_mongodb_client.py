"""What the driver says about a URI and options when they come together."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from meshvisor.features.access.settings import DatabaseSettings
from meshvisor.features.access.supervisor.directory.backend import DirectoryUnreachableError
from meshvisor.features.access.supervisor.directory.database_config import (
    Option,
    load_database_config,
    make_config,
)
from meshvisor.features.access.supervisor.directory.mongodb_client import POOL_SIZE, make_client
from meshvisor.features.access.supervisor.directory.trial import examine
from meshvisor.shared.errors import SettingsError
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.model import settings_class
from tests.mongo import config, opened

AWAY = "mongodb://127.0.0.1:1/x"


@pytest.mark.parametrize(
    "options",
    [
        {"minPoolSize": 5, "maxPoolSize": 4},
        {"authMechanism": "SCRAM-SHA-256"},
        {"authMechanism": "GSSAPI"},
        {"loadBalanced": True, "replicaSet": "a"},
        {"w": 0, "journal": True},
        {"tls": False, "tlsCAFile": __file__},
        {"heartbeatFrequencyMS": 1},
    ],
    ids="+".join,
)
async def test_options_that_do_not_go_together(options: dict[str, Option]) -> None:
    """What the driver finds only when the client is made is a wrong setting, with its place."""
    with pytest.raises(SettingsError, match=r"^file: options cannot be used .*; allowed: "):
        await examine(make_config(AWAY, options, "file: uri", "file: options"), DatabaseSettings())


async def test_both_places_are_named(tmp_path: Path) -> None:
    """A URI of the settings and options of the file: either may be what has to be mended."""
    home = Home(tmp_path)
    home.config.mkdir()
    path = home.config / "database.json"
    path.write_text(json.dumps({"options": {"heartbeatFrequencyMS": 1}}))
    settings = settings_class().model_validate({"database": {"uri": AWAY}})
    given = load_database_config(home, settings)
    assert given is not None
    with pytest.raises(SettingsError, match=rf"^database\.uri with {path}: options cannot"):
        make_client(given, 1)


@pytest.mark.parametrize(
    ("uri", "options", "size"),
    [
        (AWAY, {}, POOL_SIZE),
        (AWAY, {"minPoolSize": 5}, 5),
        (f"{AWAY}?minPoolSize=6", {}, 6),
        (f"{AWAY}?maxPoolSize=2", {}, 2),
        (AWAY, {"maxPoolSize": 3}, 3),
    ],
)
async def test_the_pool_is_as_large_as_asked_for(
    uri: str, options: dict[str, Option], size: int
) -> None:
    """Our own limit gives way to a larger minPoolSize, wherever that stands."""
    client = make_client(config(uri, "x", **options), 1)
    assert client.options.pool_options.max_pool_size == size
    await client.close()


async def test_a_missing_compressor_is_a_warning_of_ours(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The driver's raw warnings, which the tests would fail with, become a line of the log."""
    with caplog.at_level(logging.WARNING):
        client = make_client(make_config(AWAY, {"compressors": "foo,zlib"}, "u", "file"), 1)
    await client.close()
    assert [one.getMessage() for one in caplog.records] == [
        "u with file: Unsupported compressor: foo"
    ]


async def test_a_replica_set_that_is_away() -> None:
    """With directConnection the driver speaks of another set when nothing listens at all."""
    given = config(AWAY, "x", directConnection=True, replicaSet="rs")
    async with opened(given, timeout=0.5) as backend:
        with pytest.raises(DirectoryUnreachableError, match="nothing of the replica set 'rs'"):
            await backend.load()


async def test_a_socket_that_is_missing() -> None:
    """Only of a socket it is said that the socket is missing."""
    async with opened(config("mongodb://%2Ftmp%2Fno-such.sock", "x"), timeout=0.5) as backend:
        with pytest.raises(DirectoryUnreachableError, match="its socket does not exist"):
            await backend.load()
