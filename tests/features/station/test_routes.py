"""`/api/v1/station` as programs use it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.console_client import Consoles, running
from tests.features.station.conftest import HARBOUR

AREA = "/api/v1/station"
ANN = f"{AREA}/users/ann"
IRC = {"realm": "irc"}


@pytest.fixture(scope="module")
def _of_module() -> Iterator[Consoles]:
    with running({"scheduling": {"built_in": False}}) as made:
        yield made


@pytest.fixture
async def console(_of_module: Consoles) -> AsyncIterator[Consoles]:
    """Return a running supervisor with its console."""
    yield _of_module
    await _of_module.leave()


async def test_an_alert_over_http(console: Consoles) -> None:
    """Raised once however often it is asked for, taken care of, and over."""
    program = await console.program("station:operate")
    body = {"title": "The pump does not answer", "severity": "critical", "dedup_key": "pump"}
    key = {"Idempotency-Key": "7f"}
    made = await program.post(f"{AREA}/alerts", json=body, headers=key)
    assert (made.status_code, made.json()["outcome"]) == (201, "created")
    again = await program.post(f"{AREA}/alerts", json=body, headers=key)
    assert (again.json()["id"], again.json()["outcome"]) == (made.json()["id"], "repeated")
    path = f"{AREA}/alerts/{made.json()['id']}"
    taken = await program.post(f"{path}/acknowledge", json={"note": "On my way"})
    assert taken.json()["acknowledged_by"] == made.json()["created_by"]
    assert (await program.post(f"{path}/notes", json={"text": "The fuse"})).status_code == 200
    assert (await program.post(f"{path}/resolve", json={})).json()["state"] == "resolved"
    assert (await program.post(f"{path}/acknowledge", json={})).status_code == 409
    shown = (await program.get(path)).json()
    assert [note["text"] for note in shown["notes"]] == ["On my way", "The fuse"]
    listed = (await program.get(f"{AREA}/alerts", params={"state": "resolved"})).json()
    assert [one["id"] for one in listed["alerts"]] == [made.json()["id"]]
    assert (await program.get(f"{AREA}/alerts/999")).status_code == 404
    assert (await program.post(f"{AREA}/alerts", json={"title": ""})).status_code == 422
    viewer = await console.program("station:view")
    assert (await viewer.post(f"{AREA}/alerts", json=body)).status_code == 403


async def test_two_who_edit_the_same_zone(console: Consoles) -> None:
    """The second is refused, and may look again or insist."""
    program = await console.program("station:edit")
    path = f"{AREA}/zones/harbour"
    made = await program.post(f"{AREA}/zones", json={"name": "harbour", **HARBOUR})
    assert made.status_code == 201
    assert (
        await program.post(f"{AREA}/zones", json={"name": "harbour", **HARBOUR})
    ).status_code == 409
    seen = made.headers["etag"]
    assert (await program.get(path)).headers["etag"] == seen
    mine, yours = {**HARBOUR, "dwell_s": 60}, {"polygon": [[0, 0], [0, 1], [1, 1]]}
    first = await program.put(path, json=mine, headers={"If-Match": seen})
    assert (first.status_code, first.json()["dwell_s"]) == (200, 60)
    second = await program.put(path, json=yours, headers={"If-Match": seen})
    assert second.status_code == 412
    third = await program.put(path, json=yours, headers={"If-Match": first.headers["etag"]})
    assert (third.status_code, third.json()["kind"]) == (200, "polygon")
    assert (await program.put(path, json={})).status_code == 400
    assert (await program.delete(path, headers={"If-Match": seen})).status_code == 412
    assert (await program.delete(path)).status_code == 200
    assert (await program.get(path)).status_code == 404


async def test_users_and_groups_over_http(console: Consoles) -> None:
    """Also those of another network, which the realm names."""
    program = await console.program("station:edit")
    group = await program.post(f"{AREA}/groups", json={"name": "rescue"})
    assert group.status_code == 201
    changed = await program.put(
        f"{AREA}/groups/rescue",
        json={"description": "First aid"},
        headers={"If-Match": group.headers["etag"]},
    )
    assert changed.json()["description"] == "First aid"
    assert (await program.put(f"{AREA}/zones/harbour", json=HARBOUR)).status_code == 200
    there = {"latitude": 38.7, "longitude": -9.1, "accuracy_m": 5}
    moved = await program.post(f"{ANN}/position", json=there, params=IRC)
    assert (moved.status_code, moved.json()["entered"]) == (200, ["harbour"])
    inside = (await program.get(f"{AREA}/zones/harbour/users")).json()["users"]
    assert [one["user_id"] for one in inside] == ["irc/ann"]
    assert (await program.put(ANN, json={"name": "Ann"}, params=IRC)).json()["name"] == "Ann"
    grouped = await program.patch(f"{ANN}/groups", json={"add": ["rescue"]}, params=IRC)
    assert (grouped.status_code, grouped.json()["added"]) == (200, ["rescue"])
    params: dict[str, str | bool] = {"group": "rescue", "online": True}
    listed = (await program.get(f"{AREA}/users", params=params)).json()
    assert [one["zones"] for one in listed["users"]] == [["harbour"]]
    assert len((await program.get(f"{ANN}/positions", params=IRC)).json()["positions"]) == 1
    assert (await program.get(ANN, params=IRC)).json()["groups"] == ["rescue"]
    assert (await program.delete(f"{AREA}/groups/rescue")).json()["members"] == 1
    assert (await program.delete(ANN, params=IRC)).status_code == 200
    assert (await program.get(ANN, params=IRC)).status_code == 404
    assert (await program.get(f"{AREA}/users/not%20one")).status_code == 400
