"""No secret is in a log, at whatever level and of whatever logger."""

from __future__ import annotations

import base64

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.paths import Home
from tests.faults.conftest import StartFleet
from tests.faults.directory.conftest import by_hand, on, write_credentials
from tests.mongo import NxServer

pytestmark = pytest.mark.faults

PLUGIN = """
import logging
from meshvisor import command

@command("leak")
async def leak(ctx):
    logging.getLogger("pymongo.command").debug("from a library: %s", ctx.argument_text)
    logging.getLogger("meshvisor_plugin_plugin").debug("seen %s", ctx.argument_text)
    print("printed", ctx.argument_text)
"""


async def test_at_level_debug(
    home: Home, start_fleet: StartFleet, playground: Playground, mongo: NxServer
) -> None:
    """An account that comes from a file and goes into the database is in no log afterwards."""
    secrets = {
        name: f"{name.lower()}-0123456789abcdef" for name in ("authToken", "parseToken", "ssaid")
    }
    write_credentials(home, peerId="12345_phone", deviceId="phone", email="a@b.c", **secrets)
    fleet = await start_fleet(
        PLUGIN, database=on(mongo), logs={"level": "debug"}, platform={"login": "none"}
    )
    async with by_hand(mongo) as database:
        stored = await database.credentials.find_one({"_id": "bot_credentials"})
        assert stored["authToken"] == secrets["authToken"]
    await fleet.worker("lobby")
    playground.say("lobby", f"?leak {secrets['authToken']}")
    await fleet.logged(r"printed \*\*\*", "lobby")
    assert "from a library" not in fleet.log("lobby")
    await fleet.command("refresh")
    assert (await fleet.command("shutdown")).code == 0
    await fleet.exit_code()
    everything = fleet.output + "".join(
        path.read_text() for path in home.logs.iterdir() if path.is_file()
    )
    assert " debug " in everything
    for secret in secrets.values():
        assert secret not in everything
        for shift in range(3):
            encoded = base64.b64encode(b"x" * shift + secret.encode()).decode()
            assert encoded[4:-8] not in everything
