"""What a request is made of: parameters that there are, JSON, and a name to ask again by."""

from __future__ import annotations

import asyncio

from tests.console_client import Consoles

FORM = "application/x-www-form-urlencoded"


async def test_a_parameter_that_there_is_not_is_refused_with_the_nearest_one(
    shared: Consoles,
) -> None:
    """It would be passed over without a word, and its sender would believe the answer."""
    program = await shared.program("*:view")
    for path, sentence in (
        ("/api/v1/events?kind=job.*", "There is no parameter 'kind' at this address; did you mean"),
        ("/api/v1/jobs?stauts=failed", "There is no parameter 'stauts' at this address; did you"),
        ("/api/v1/jobs/stats?x=1", "There is no parameter 'x' at this address; it takes none."),
        ("/api/v1/logs?q=boom", "There is no parameter 'q' at this address; there are mesh_id,"),
        ("/api/v1/events/stream?since=1", "There is no parameter 'since' at this address; "),
        ("/healthz?verbose=1", "There is no parameter 'verbose' at this address; it takes none."),
    ):
        response = await program.get(path)
        problem = response.json()
        assert response.status_code == 422, path
        assert problem["detail"].startswith(sentence)
        assert problem["code"] == "console.no_parameter"
    for path in ("/api/v1/jobs?status=failed&status=active&limit=1", "/api/v1/events?kinds=job.*"):
        assert (await program.get(path)).status_code == 200


async def test_a_body_that_is_no_json_is_refused_in_a_sentence(shared: Consoles) -> None:
    """Forms and texts are not taken for objects that lack all of their fields."""
    program = await shared.program("*:admin")
    for kind, found in (
        (
            {"Content-Type": "application/x-www-form-urlencoded"},
            "application/x-www-form-urlencoded",
        ),
        ({"Content-Type": "text/plain; charset=utf-8"}, "text/plain"),
        ({}, "of no type"),
    ):
        response = await program.post("/api/v1/jobs", content=b'{"action": "x"}', headers=kind)
        assert response.status_code == 415
        assert response.json()["detail"] == (
            f"The body is {found}, and only JSON is read; send it with the header Content-Type: "
            "application/json."
        )
    wrong = await program.post("/api/v1/jobs", json={"action": 5, "priority": 9})
    first, *_ = wrong.json()["errors"]
    assert (first["field"], first["code"]) == ("action", "string_type")


async def test_what_has_a_name_is_done_once(shared: Consoles) -> None:
    """A client that has heard nothing asks again, also while it is being done."""
    program = await shared.program("*:admin")
    key = {"Idempotency-Key": "a0b1"}
    wanted = {"name": "once", "scopes": ["jobs:view"]}
    answers = await asyncio.gather(
        *(program.post("/api/v1/tokens", json=wanted, headers=key) for _ in range(5))
    )
    assert [one.status_code for one in answers] == [201] * 5
    assert len({one.json()["token"] for one in answers}) == 1, "the secret is the same, too"
    assert (await program.post("/api/v1/tokens", json=wanted)).status_code == 409

    schedule = {"name": "tea", "cron": "0 4 * * *", "action": "data-cleanup"}
    for _ in range(2):
        made = await program.post("/api/v1/schedules", json=schedule, headers=key)
        assert made.status_code == 201, made.text
    assert (await program.post("/api/v1/schedules", json=schedule)).status_code == 409

    notice = {"title": "The server moves at noon"}
    numbers = {
        (await program.post("/api/v1/notifications", json=notice, headers=named)).json()["id"]
        for named in (key, key, {"Idempotency-Key": "c2d3"})
    }
    assert len(numbers) == 2, "under another name it is another notification"
    other = await shared.program("*:admin")
    again = await other.post("/api/v1/notifications", json=notice, headers=key)
    assert again.json()["id"] not in numbers, "names are each client's own"
    for name in ("", "x" * 201):
        refused = await program.post(
            "/api/v1/notifications", json=notice, headers={"Idempotency-Key": name}
        )
        assert refused.json()["code"] == "console.wrong_key"


async def test_two_consoles_on_one_machine_do_not_share_a_cookie(shared: Consoles) -> None:
    """Browsers send a cookie to every port of a host."""
    operator = await shared.operator("viewer")
    (name,) = operator.cookies
    assert name.startswith("meshvisor_session_")
    assert name != "meshvisor_session_"
