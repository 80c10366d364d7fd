"""`/api/processes` as the seed has it, and what it forgot."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.console_client import Consoles, Visitor, running

SEED: dict[str, Any] = {
    "name": "greet",
    "description": "as the seed writes it",
    "triggers": [{"trigger_type": "manual", "trigger_config": {}}],
    "actions": [
        {
            "action_type": "create_alert",
            "action_config": {"title": "Hello {{ who }}", "severity": "info"},
            "action_order": 1,
        }
    ],
}
ALL = ("processes:*", "station:operate", "meshes:operate")


@pytest.fixture(scope="module")
def _of_module() -> Iterator[Consoles]:
    with running() as made:
        yield made


@pytest.fixture
async def console(_of_module: Consoles) -> AsyncIterator[Consoles]:
    """Return a running supervisor with its console."""
    yield _of_module
    await _of_module.leave()


async def finished(console: Consoles, visitor: Visitor, number: int) -> dict[str, Any]:
    """Return an execution that has ended."""

    async def find() -> dict[str, Any] | None:
        one: dict[str, Any] = (await visitor.get(f"/api/processes/executions/{number}")).json()
        return one if one["completed_at"] else None

    return await console.fleet.until_told(find, f"execution {number} to end")


async def test_the_seeds_paths(console: Consoles) -> None:
    """Created, run, followed, changed, deactivated: with its bodies and its words."""
    ann = await console.program(*ALL)
    made = await ann.post("/api/processes", json=SEED)
    assert made.status_code == 201, made.text
    number = made.json()["process_id"]
    seen = await ann.get(f"/api/processes/{number}")
    one = seen.json()
    assert one["triggers"][0]["trigger_type"] == "manual"
    assert one["actions"][0]["action_config"]["title"] == "Hello {{ who }}"
    listed = (await ann.get("/api/processes", params={"active_only": True})).json()
    assert (listed["total"], listed["processes"][0]["name"]) == (1, "greet")
    begun = await ann.post(
        f"/api/processes/{number}/execute", json={"trigger_data": {"who": "Ann"}}
    )
    assert begun.status_code == 201, begun.text
    execution = begun.json()["execution_id"]
    done = await finished(console, ann, execution)
    assert (done["status"], done["steps"][0]["input"]["title"]) == ("completed", "Hello Ann")
    logs = (await ann.get(f"/api/processes/executions/{execution}/logs")).json()["logs"]
    assert logs[-1]["text"] == "completed"
    of_it = (await ann.get("/api/processes/executions", params={"process_id": number})).json()
    assert of_it["total"] == 1
    path, tag = f"/api/processes/{number}", {"If-Match": seen.headers["etag"]}
    changed = await ann.put(path, json={**SEED, "description": "new"}, headers=tag)
    assert changed.json()["message"] == "updated"
    stale = await ann.put(path, json={**SEED, "description": "late"}, headers=tag)
    assert stale.status_code == 412
    revisions = (await ann.get(f"/api/processes/{number}/revisions")).json()["revisions"]
    assert [each["revision"] for each in revisions] == [2, 1]
    gone = await ann.delete(f"/api/processes/{number}")
    assert gone.json()["message"] == "deactivated"
    assert (await ann.get(f"/api/processes/{number}")).json()["is_active"] is False
    assert (await ann.post(f"/api/processes/{number}/activate")).json()["is_active"] is True
    replayed = await ann.post(f"/api/processes/executions/{execution}/replay", json={})
    assert (await finished(console, ann, replayed.json()["execution_id"]))["replay_of"] == execution


async def test_templates(console: Consoles) -> None:
    """Shipped ones, one of a workflow, and workflows of both."""
    ann = await console.program(*ALL)
    shipped = (await ann.get("/api/processes/templates")).json()["templates"]
    assert len(shipped) >= 12
    assert {one["category"] for one in shipped} == {
        "emergency", "maintenance", "communication", "monitoring",
    }  # fmt: skip
    sos = next(one for one in shipped if one["name"] == "kicked")
    made = await ann.post(f"/api/processes/templates/{sos['id']}/instantiate", json={})
    assert made.status_code == 201, made.text
    named = {"customizations": {"name": "second"}}
    again = await ann.post(f"/api/processes/templates/{sos['id']}/instantiate", json=named)
    body = {"process_id": again.json()["process_id"], "name": "mine", "category": "maintenance"}
    mine = await ann.post("/api/processes/templates", json={**body, "description": "d"})
    assert mine.status_code == 201, mine.text
    listed = (await ann.get("/api/processes/templates")).json()["templates"]
    assert {one["name"]: one["usage_count"] for one in listed}["kicked"] == 2
    wrong = {"customizations": {"nope": 1, "seconds": "x"}}
    missing = await ann.post("/api/processes/templates/sos-alert/instantiate", json=wrong)
    assert missing.status_code == 400
    assert [line.partition(":")[0] for line in missing.json()["detail"].splitlines()] == [
        "customizations.nope", "customizations.seconds", "customizations.mesh_id",
    ]  # fmt: skip


async def test_own_templates(console: Consoles) -> None:
    """Made of a workflow with inputs, exported, taken in, replaced, removed; shipped ones stay."""
    ann = await console.program(*ALL)
    steps = [{"do": "create_alert", "with": {"title": "Fire", "severity": "critical"}}]
    trigger = {"type": "alert_created", "when": 'title == "smoke"'}
    made = await ann.post(
        "/api/processes", json={"name": "fire", "triggers": [trigger], "steps": steps}
    )
    body = {"process_id": made.json()["process_id"], "name": "alarm", "category": "emergency"}
    nowhere = await ann.post(
        "/api/processes/templates", json={**body, "inputs": {"what": {"value": "Flood"}}}
    )
    assert (nowhere.status_code, "inputs.what.value" in nowhere.json()["detail"]) == (400, True)
    inputs = {
        "what": {"value": "Fire", "description": "of what"},
        "word": {"value": "smoke", "required": True},
    }
    saved = await ann.post("/api/processes/templates", json={**body, "inputs": inputs})
    assert saved.status_code == 201, saved.text
    shown = (await ann.get("/api/processes/templates/alarm")).json()
    assert shown["inputs"]["what"] == {"type": "text", "default": "Fire", "description": "of what"}
    for values, status in (({"word": "water", "what": "Flood"}, 201), ({}, 400)):
        of_it = await ann.post(
            "/api/processes/templates/alarm/instantiate",
            json={"customizations": {**values, "name": "flood"}},
        )
        assert of_it.status_code == status, of_it.text
    flood = (await ann.get("/api/processes/flood")).json()["document"]
    assert flood["steps"][0]["with"]["title"] == "Flood"
    assert flood["triggers"][0]["when"]["value"] == "water"
    document = (await ann.get("/api/processes/templates/alarm/export")).json()["document"]
    taken = await ann.post("/api/processes/templates/import", json={"document": document})
    assert taken.status_code == 409
    changed = {**document, "description": "other", "category": "monitoring"}
    taken = await ann.post(
        "/api/processes/templates/import", json={"document": changed, "replace": True}
    )
    assert taken.json()["template_id"] == shown["id"]
    wrong = {
        **document,
        "name": "!",
        "colour": 1,
        "workflow": {"name": "w", "steps": [{"do": "x"}]},
    }
    refused = await ann.post("/api/processes/templates/import", json={"document": wrong})
    assert refused.status_code == 400
    for place in ("name:", "colour:", "workflow.steps[0].do:"):
        assert place in refused.json()["detail"]
    assert (await ann.delete("/api/processes/templates/alarm")).json()["message"] == "removed"
    assert (await ann.get("/api/processes/templates/alarm")).status_code == 404
    assert (await ann.delete("/api/processes/templates/sos-alert")).status_code == 409


async def test_steps_join_actions(console: Consoles) -> None:
    """A step names the action that it is, or is in, also of an older revision."""
    ann = await console.program(*ALL)
    steps = [
        {"stop": {}, "when": "no exists"},
        {"if": "no missing", "then": [{"set_variable": {"x": 1}}]},
    ]
    made = await ann.post(
        "/api/processes", json={"name": "joins", "triggers": ["manual"], "steps": steps}
    )
    number = made.json()["process_id"]
    begun = await ann.post(f"/api/processes/{number}/execute", json={})
    shown = await finished(console, ann, begun.json()["execution_id"])
    await ann.put(f"/api/processes/{number}", json={"name": "joins", "steps": steps[:1]})
    old = (await ann.get(f"/api/processes/{number}", params={"revision": 1})).json()["actions"]
    first, second = (one["id"] for one in old)
    assert [one["action_id"] for one in shown["steps"]] == [first, second, second]
    new = (await ann.get(f"/api/processes/{number}")).json()["actions"]
    assert new[0]["id"] not in (first, second)


async def test_wrong_definitions(console: Consoles) -> None:
    """Every error at once, with its place."""
    ann = await console.program(*ALL)
    wrong = {"name": "!", "triggers": [{"type": "moon"}], "actions": [{"action_type": "dance"}]}
    refused = await ann.post("/api/processes", json=wrong)
    assert refused.status_code == 400
    for place in ("name", "triggers[0].type", "actions[0].action_type"):
        assert place in refused.json()["detail"]
    checked = (await ann.post("/api/processes/validate", json={"document": wrong})).json()
    assert [one["place"] for one in checked["problems"]] == [
        "name", "triggers[0].type", "actions[0].action_type",
    ]  # fmt: skip


async def test_permissions(console: Consoles) -> None:
    """Each scope of the seed opens its own operations, and no other."""
    ann = await console.program(*ALL)
    number = (await ann.post("/api/processes", json={**SEED, "name": "p"})).json()["process_id"]
    viewer = await console.program("processes:view")
    assert (await viewer.get("/api/processes")).status_code == 200
    assert (await viewer.post(f"/api/processes/{number}/execute", json={})).status_code == 403
    assert (await viewer.put(f"/api/processes/{number}", json=SEED)).status_code == 403
    runner = await console.program("processes:execute")
    assert (await runner.post(f"/api/processes/{number}/execute", json={})).status_code == 201
    assert (await runner.delete(f"/api/processes/{number}")).status_code == 403
    # A workflow may do what its owner may.
    maker = await console.program("processes:create")
    refused = await maker.post("/api/processes", json={**SEED, "name": "mine"})
    assert (refused.status_code, "station:operate" in refused.json()["detail"]) == (403, True)
    asking = {"name": "asking", "triggers": ["manual"], "steps": [{"ask": {"question": "Now?"}}]}
    assert (await maker.post("/api/processes", json=asking)).status_code == 201
    asking["steps"] = [{"ask": {"question": "Now?", "mesh_id": "lobby"}}]
    refused = await maker.post("/api/processes", json={**asking, "name": "loud"})
    assert (refused.status_code, "meshes:operate" in refused.json()["detail"]) == (403, True)
    assert (await maker.delete(f"/api/processes/{number}")).status_code == 403
    # What begins by itself is published.
    quiet = {"name": "quiet", "triggers": ["alert_created"], "steps": [{"stop": {}}]}
    made = (await maker.post("/api/processes", json=quiet)).json()
    assert (made["is_active"], "processes:publish" in made["warnings"][0]["message"]) == (
        False,
        True,
    )
    loud = await maker.post("/api/processes", json={**quiet, "name": "l", "is_active": True})
    assert (loud.status_code, "processes:publish" in loud.json()["detail"]) == (403, True)
    made = await maker.post("/api/processes/templates/kicked/instantiate", json={})
    assert made.status_code == 403  # its steps need more
    publisher = await console.program("processes:create", "processes:publish")
    made = (await publisher.post("/api/processes", json={**quiet, "name": "p2"})).json()
    assert (made["is_active"], made["warnings"]) == (True, [])


async def test_trying(console: Consoles) -> None:
    """Dry run, back-test, why, export and import, analytics."""
    ann = await console.program(*ALL)
    action = {"action_type": "create_alert", "action_config": {"title": "Hello {{ source }}"}}
    document = {"name": "tried", "triggers": ["alert_created"], "actions": [action]}
    number = (await ann.post("/api/processes", json=document)).json()["process_id"]
    tried = await ann.post(
        "/api/processes/dry-run",
        json={"workflow": "tried", "event": {"kind": "alert.created", "data": {"source": "Bob"}}},
    )
    assert tried.json()["steps"][0]["input"]["title"] == "Hello Bob"
    tested = await ann.post("/api/processes/back-test", json={"workflow": "tried"})
    assert tested.status_code == 200, tested.text
    exported = (await ann.get(f"/api/processes/{number}/export")).json()["document"]
    taken = await ann.post(
        "/api/processes/import", json={"document": {**exported, "name": "imported"}}
    )
    assert (taken.status_code, taken.json()["is_active"]) == (201, False)
    why = await ann.get(f"/api/processes/{number}/why", params={"seq": 1})
    assert why.json()["ran"] is False
    each = await ann.get(f"/api/processes/{number}/reasons", params={"seq": [1, 2, 2**40]})
    assert [one["seq"] for one in each.json()["reasons"]] == [1, 2], each.text
    overview = (await ann.get("/api/processes/analytics/overview")).json()
    assert overview["total_processes"] >= 2
    of_one = (await ann.get(f"/api/processes/{number}/analytics")).json()
    assert of_one["failure_reasons"] == []


@pytest.mark.parametrize("ref", ["²", "9" * 30, "0", "-1", "none"])
async def test_what_is_not_there(console: Consoles, ref: str) -> None:
    """A path with an odd reference is not found, whatever Python takes for a number."""
    ann = await console.program(*ALL)
    assert (await ann.get(f"/api/processes/{ref}")).status_code == 404
    of_it = await ann.get("/api/processes/executions", params={"process_id": ref})
    assert of_it.status_code == 404
    made = await ann.post(f"/api/processes/templates/{ref}/instantiate", json={})
    assert made.status_code == 404


async def test_what_the_engine_does_not_know(console: Consoles) -> None:
    """Also what only the engine can look up is not found, in place of a bad request."""
    ann = await console.program(*ALL)
    made = await ann.post("/api/processes", json={**SEED, "name": "looked up"})
    assert made.status_code == 201, made.text
    answer = {"answer": "yes"}
    asked = (
        await ann.get("/api/processes/looked up/why", params={"seq": 2**40}),
        await ann.post("/api/processes/approvals/999999/answer", json=answer),
        await ann.post("/api/processes/executions/999999/cancel"),
        await ann.post("/api/processes/executions/999999/replay", json={}),
    )
    assert [one.status_code for one in asked] == [404] * 4, [one.text for one in asked]


async def test_names_stay_as_they_are_written(console: Consoles) -> None:
    """A sentence that begins with a place, or a name, does not begin with another one."""
    ann = await console.program(*ALL)
    wrong = await ann.post("/api/processes", json={**SEED, "name": "w", "foo": 1})
    assert wrong.json()["detail"].startswith("foo: ")
    made = await ann.post("/api/processes", json={**SEED, "name": "small"})
    begun = await ann.post(f"/api/processes/{made.json()['process_id']}/execute", json={})
    path = f"/api/processes/executions/{begun.json()['execution_id']}/replay"
    refused = await ann.post(path, json={"from_step": "none"})
    assert refused.json()["detail"].startswith("'small' has no step 'none'")
