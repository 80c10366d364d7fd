from __future__ import annotations

import asyncio
import json

from meshvisor.shared.paths import Home
from tests.fleet import Fleet
from tests.supervisor.platform.platform import platform


async def test_the_platform_gets_the_token(home: Home) -> None:
    """As its servers want it: without the `r:` that it was handed out with."""
    async with platform() as asked:
        fleet = Fleet(home, {"platform": {"url": asked.url}})
        account = {"peerId": "1_a", "authToken": "r:s3cret", "deviceId": "device-1"}
        home.credentials_file.touch(mode=0o600)
        home.credentials_file.write_text(json.dumps(account))
        fleet.launch()
        try:
            while not asked.requests:
                await asyncio.sleep(0.01)
        finally:
            await fleet.close()

    assert asked.requests[0].headers["Authorization"] == "Bearer s3cret"
    assert asked.requests[0].query["deviceId"] == "device-1"
