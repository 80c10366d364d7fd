"""A whole fleet: who speaks in a room is online, and who walks in a mesh enters zones."""

from __future__ import annotations

import json
import sys
from typing import Any

from meshvisor.features.watch_party.protoo.messages import Notification
from meshvisor.features.watch_party.protoo.rooms import POSITION
from meshvisor.playground.server import VISITOR, Playground
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.features.station.conftest import HARBOUR
from tests.fleet import Fleet, server_settings

RADIO = """
import json, sys

def tell(type, **fields):
    print(json.dumps({"type": type, **fields}), flush=True)

sys.stdin.readline()
tell("joined", self={"id": "gateway", "name": "Gateway"})
user = {"id": "!a1b2c3d4", "name": "Ann"}
for latitude in (38.71, 38.7, 38.7):
    tell("observed", kind="position", user=user, data={"latitude": latitude, "longitude": -9.1})
for line in sys.stdin:
    if json.loads(line)["type"] == "leave":
        break
"""


async def test_people_and_places(home: Home) -> None:
    """From rooms and radios by way of their workers to the station, without subscribers."""
    home.root.joinpath("radio.py").write_text(RADIO)
    radio = {"id": "radio", "transport": "program", "command": [sys.executable, "radio.py"]}
    async with Playground(["lobby"]) as playground:
        fleet = Fleet(home, server_settings(playground, meshes=[radio]))
        made = await fleet.command("station", "zones", "add", "harbour", "--circle", circle())
        assert made.code == 0, made
        await fleet.start()
        await fleet.mesh_is("lobby", MeshState.CONNECTED)
        await playground.ask("lobby", "?ping")
        lobby = playground.world.rooms["lobby"]
        for sender, latitude in (("2001_x", 38.7), ("2002_x", "north"), (7, 38.7)):
            place = {"from": sender, "latitude": latitude, "longitude": -9.1, "other": "x"}
            lobby.tell(Notification(POSITION, place))

        async def is_known() -> Any:
            found = await fleet.ask("station_users", online=True)
            users = {one["user_id"]: one for one in found["users"]}
            known = {VISITOR.id, "program/!a1b2c3d4", "2001", "2002"}
            return users if known <= users.keys() else None

        users = await fleet.until_told(is_known, "all users to be online")
        assert (users["2001"]["zones"], users["2002"]["position"]) == (["harbour"], None)
        assert users[VISITOR.id]["mesh_id"] == "lobby"
        ann = users["program/!a1b2c3d4"]
        assert (ann["name"], ann["zones"], ann["mesh_id"]) == ("Ann", ["harbour"], "radio")
        events = (await fleet.ask("events", kinds=["zone.entered", "message.received"]))["events"]
        assert sorted((one["subject"], one["mesh_id"]) for one in events) == [
            ("2001", "lobby"),
            ("program/!a1b2c3d4", "radio"),
        ]
        # A program hands on what its requests follow from.
        cause = {"correlation_id": "7", "causation_id": events[0]["seq"], "depth": 1}
        await fleet.ask("alert_create", title="Ann is there", actor="token:ci", cause=cause)
        listed = await fleet.command("station", "alerts", "list", "--json")
        [alert] = json.loads(listed.out)["alerts"]
        assert (alert["title"], alert["created_by"]) == ("Ann is there", "token:ci")
        assert await fleet.stop() == 0


def circle() -> str:
    """Return the harbour as an option takes it."""
    return ",".join(str(HARBOUR["circle"][name]) for name in ("latitude", "longitude", "radius_m"))
