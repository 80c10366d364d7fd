"""The bot's account, changed straight in the database."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.faults.conftest import StartFleet
from tests.faults.directory.conftest import by_hand, directory_of, on, untouched, write_credentials
from tests.mongo import NxServer

pytestmark = pytest.mark.faults


def bot_in_file(home: Home) -> str:
    """Return whose account the file holds."""
    return str(json.loads(home.credentials_file.read_text())["peerId"])


async def test_changed_by_hand(
    start_fleet: StartFleet, playground: Playground, mongo: NxServer, home: Home
) -> None:
    """A newer account reaches the file and the next connects; an older one is put right again."""
    now = datetime.now(UTC).replace(microsecond=0)
    write_credentials(home, peerId="7_bot", authToken="s3cret", updatedAt=now.isoformat())
    fleet = await start_fleet(database=on(mongo))
    before = await fleet.all_are(MeshState.CONNECTED, 2)
    async with by_hand(mongo) as database:

        async def bot() -> str:
            return str((await database.credentials.find_one())["peerId"])

        async def is_put_right() -> bool:
            return await bot() == "7_bot"

        assert await bot() == "7_bot"
        older = {"peerId": "6_bot", "userId": 6, "updatedAt": now - timedelta(days=1)}
        await database.credentials.update_one({}, {"$set": older})
        await fleet.until_told(is_put_right, "the newer copy in the database")
        assert bot_in_file(home) == "7_bot"
        newer = {"peerId": "8_bot", "userId": 8, "updatedAt": now + timedelta(days=1)}
        await database.credentials.update_one({}, {"$set": newer})
        await fleet.until(lambda: bot_in_file(home) == "8_bot", "the newer account in the file")
    assert (home.credentials_file.stat().st_mode & 0o777) == 0o600
    # No bot leaves a room because of it.
    assert {connect.peer_id for connect in playground.connects()} == {"7_bot"}
    playground.drop()
    assert await playground.wait_for_peer("lobby", "8_bot")
    assert await playground.wait_for_peer("cinema", "8_bot")
    await untouched(fleet, before)
    assert (await directory_of(fleet)).problems == ()
    assert "s3cret" not in fleet.log() + fleet.output
