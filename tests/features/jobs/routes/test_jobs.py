"""Jobs over HTTP: submitted, watched, decided about, each in the name of who asks."""

from __future__ import annotations

import textwrap
from collections.abc import AsyncIterator

import pytest

from meshvisor.shared.paths import Home
from tests.console_client import Consoles

PLUG_IN = """
    from meshvisor import action


    @action("greet", needs_mesh=False)
    async def greet(job):
        job.result = "hello"


    @action("redeem", needs_mesh=False, inputs={"code": {"type": "text", "required": True}})
    async def redeem(job):
        '''Give players a gift.'''
"""


@pytest.fixture
async def console(home: Home) -> AsyncIterator[Consoles]:
    """Return a running console whose runners know an action."""
    home.plugins.mkdir(parents=True, exist_ok=True)
    (home.plugins / "greeting.py").write_text(textwrap.dedent(PLUG_IN))
    made = Consoles(home, {"scheduling": {"built_in": False}})
    try:
        await made.start()
        yield made
    finally:
        await made.close()


async def test_a_job_is_submitted_once_under_its_key_and_decided_about_by_name(
    console: Consoles,
) -> None:
    """The same key gives the same job; its pause and its end are the operator's in the audit."""
    ann = await console.first_operator("ann")
    wanted = {"action": "greet", "data": {"text": "hello"}}
    held = await ann.post("/api/v1/jobs/hold", json={"scope": "all"})
    assert held.status_code == 200, held.text

    first = await ann.post("/api/v1/jobs", json=wanted, headers={"Idempotency-Key": "k1"})
    again = await ann.post("/api/v1/jobs", json=wanted, headers={"Idempotency-Key": "k1"})
    assert first.status_code == 201, first.text
    number = first.json()["job_id"]
    paused = await ann.post("/api/v1/jobs/pause", json={"job_ids": [number]})
    why = await ann.get(f"/api/v1/jobs/{number}/why")
    cancelled = await ann.post("/api/v1/jobs/cancel", json={"job_ids": [number, 999]})

    assert first.status_code == 201, first.text
    assert again.json()["job_id"] == number
    assert again.json()["duplicate"]
    assert [one["ok"] for one in paused.json()["jobs"]] == [True]
    assert why.json()["reasons"]
    assert [one["ok"] for one in cancelled.json()["jobs"]] == [True, False]
    job = (await ann.get(f"/api/v1/jobs/{number}")).json()
    assert job["created_by"] == "web:ann"
    assert job["status"] == "cancelled"
    listed = (await ann.get("/api/v1/jobs", params={"status": ["cancelled", "failed"]})).json()
    assert [one["job_id"] for one in listed["jobs"]] == [number]


async def test_what_is_wrong_with_a_job_is_said_in_a_sentence(console: Consoles) -> None:
    """An action that there is not, a job that there is not, a field of the wrong kind."""
    ann = await console.first_operator("ann")

    unknown = await ann.post("/api/v1/jobs", json={"action": "nosuch"})
    missing = await ann.get("/api/v1/jobs/77")
    wrong = await ann.post("/api/v1/jobs/pause", json={"job_ids": []})

    assert unknown.status_code == 400
    assert "nosuch" in unknown.json()["detail"]
    assert missing.status_code in (400, 404)
    assert "77" in missing.json()["detail"]
    assert wrong.status_code == 422
    assert wrong.headers["content-type"] == "application/problem+json"


async def test_data_that_an_action_does_not_take(console: Consoles) -> None:
    """The list of actions says what is taken, and a refusal which field is wrong."""
    ann = await console.first_operator("ann")

    listed = (await ann.get("/api/v1/jobs/actions")).json()["actions"]
    wrong = await ann.post("/api/v1/jobs", json={"action": "redeem", "data": {"code": 5}})
    unknown = await ann.post(
        "/api/v1/jobs", json={"action": "redeem", "data": {"code": "X", "cod": "X"}}
    )

    (redeem,) = (one for one in listed if one["name"] == "redeem")
    assert redeem["description"] == "Give players a gift."
    assert redeem["inputs"]["code"]["type"] == "text"
    assert redeem["inputs"]["code"]["required"]
    assert wrong.status_code == 400
    assert wrong.json()["code"] == "inputs.wrong"
    assert [one["field"] for one in wrong.json()["errors"]] == ["data.code"]
    assert wrong.json()["detail"] == (
        "The input code of redeem: 5 is found where a text is wanted."
    )
    assert [one["field"] for one in unknown.json()["errors"]] == ["data.cod"]


async def test_who_may_only_look_changes_nothing(console: Consoles) -> None:
    """A token with `jobs:view` lists jobs and submits none."""
    program = await console.program("jobs:view")

    listed = await program.get("/api/v1/jobs")
    refused = await program.post("/api/v1/jobs", json={"action": "greet"})

    assert listed.status_code == 200
    assert refused.status_code == 403
