"""Schedules over HTTP: made, changed by two people, and as background processes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.console_client import Consoles, running

NIGHTLY = {"name": "nightly", "cron": "0 0 * * *", "action": "refresh", "timezone": "Asia/Kolkata"}


@pytest.fixture(scope="module")
def _of_module() -> Iterator[Consoles]:
    with running({"scheduling": {"built_in": False}}) as made:
        yield made


@pytest.fixture
async def console(_of_module: Consoles) -> AsyncIterator[Consoles]:
    """Return a running supervisor with its console."""
    yield _of_module
    await _of_module.leave()


async def test_two_who_edit_the_same(console: Consoles) -> None:
    """The second is refused, and may look again or insist."""
    ann, bob = await console.program("schedules:edit"), await console.program("schedules:edit")
    path = "/api/v1/schedules/nightly"
    assert (await ann.post("/api/v1/schedules", json=NIGHTLY)).status_code == 201
    seen = (await ann.get(path)).headers["etag"]
    assert (await bob.get(path)).headers["etag"] == seen
    mine, yours = {"cron": "0 1 * * *"}, {"cron": "0 2 * * *"}
    first = await ann.patch(path, json=mine, headers={"If-Match": seen})
    assert (first.status_code, first.json()["cron"]) == (200, "0 1 * * *")
    second = await bob.patch(path, json=yours, headers={"If-Match": seen})
    assert second.status_code == 412
    assert "meanwhile" in second.json()["detail"]
    again = await bob.patch(path, json=yours, headers={"If-Match": first.headers["etag"]})
    assert again.status_code == 200
    assert (await ann.patch(path, json=mine)).status_code == 200
    assert (await ann.delete(path)).status_code == 200
    assert (await ann.get(path)).status_code == 404


async def test_background_processes(console: Consoles) -> None:
    """They are schedules with their runs; what cannot start says why; roles are kept apart."""
    program = await console.program("schedules:edit")
    path = "/api/admin/background-processes"
    assert (await program.post("/api/v1/schedules", json=NIGHTLY)).status_code == 201
    (process,) = (await program.get(path)).json()["processes"]
    assert (process["name"], process["logs"]) == ("nightly", [])
    started = await program.post(path, json={"action": "start", "process": "nightly"})
    assert started.status_code == 400
    assert "refresh" in started.json()["detail"]
    stopped = await program.post(path, json={"action": "stop", "process": "nightly"})
    assert (stopped.status_code, stopped.json()["jobs"]) == (200, [])
    assert (await program.post(path, json={"action": "explode"})).status_code == 422
    unknown = await program.post(path, json={"action": "start", "process": "nobody"})
    assert unknown.status_code == 404
    viewer = await console.program("schedules:view")
    assert (await viewer.get(path)).status_code == 200
    assert (await viewer.post(path, json={"action": "stop"})).status_code == 403
    operator = await console.program("schedules:operate")
    assert (await operator.post(path, json={"action": "stop"})).status_code == 200
    assert (await operator.post(path, json={"action": "cleanup-logs"})).status_code == 403
    await program.delete("/api/v1/schedules/nightly")


async def test_a_schedule_after_another(console: Consoles) -> None:
    """What runs after others is checked, made and made again over HTTP, without planned times."""
    program = await console.program("schedules:edit")
    made, path = "/api/v1/schedules", "/api/v1/schedules/evening"
    first = {**NIGHTLY, "name": "morning"}
    assert (await program.post(made, json=first)).status_code == 201
    then = {"name": "evening", "after": ["morning"], "action": "refresh"}
    meant = (await program.post(f"{made}/check", json={"after": ["morning"]})).json()
    assert (meant["meaning"], meant["upcoming"]) == ("After morning", [])
    added = await program.post(made, json=then)
    assert (added.status_code, added.json()["after"]) == (201, ["morning"]), added.text
    seen = (await program.get(path)).json()["definition"]
    assert (await program.delete(path)).status_code == 200
    again = await program.post(
        made, json={key: one for key, one in seen.items() if one is not None}
    )
    assert (again.status_code, again.json()["after"]) == (201, ["morning"]), again.text
    neither = await program.post(made, json={"name": "never", "action": "refresh"})
    assert (neither.status_code, "has no time" in neither.json()["detail"]) == (400, True)
    for name in ("evening", "morning"):
        assert (await program.delete(f"{made}/{name}")).status_code == 200
