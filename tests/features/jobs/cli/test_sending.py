"""A new job in as many frames as its items need."""

from __future__ import annotations

import json
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from meshvisor.features.jobs.cli.sending import CHUNK, chunks, submit_through
from meshvisor.features.jobs.model.job import MAX_KEY
from meshvisor.shared.control.client import ControlClient


class Listener:
    """Takes what is sent instead of a supervisor."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []

    def request(self, kind: str, **arguments: Any) -> Any:
        """Keep it."""
        self.requests.append({"type": kind, **arguments})
        return {"job_id": 1}


def send(items: list[str] | None) -> list[dict[str, Any]]:
    """Return the requests for a job with these items."""
    listener = Listener()
    submission = {"action": "a"} if items is None else {"action": "a", "items": items}
    arguments = {"mesh_id": "lobby", "submission": submission}
    submit_through(cast(ControlClient, listener), arguments)
    return listener.requests


@given(st.lists(st.text(max_size=MAX_KEY), max_size=50), st.integers(1, 400))
def test_nothing_is_lost(items: list[str], times: int) -> None:
    """The pieces hold all items in their order, and none is too large for a frame."""
    cut = list(chunks(items * times))
    assert [item for chunk in cut for item in chunk] == items * times
    assert all(len(json.dumps(chunk, separators=(",", ":"))) <= CHUNK + 2 for chunk in cut)


def test_few_items_go_with_the_job() -> None:
    """One request is enough for them; no list stays no list."""
    assert [request["type"] for request in send(["a", "b"])] == ["jobs_submit"]
    (request,) = send(None)
    assert request["submission"] == {"action": "a"}


def test_many_items_go_ahead() -> None:
    """They are staged in pieces under one token, which the job names."""
    items = [f"player-{number:010}" for number in range(100_000)]
    *staged, job = send(items)
    assert [request["type"] for request in staged] == ["jobs_stage"] * len(staged)
    assert [item for request in staged for item in request["items"]] == items
    assert {request["token"] for request in staged} == {job["staged"]}
    assert job["submission"] == {"action": "a"}
    assert send(items)[0]["token"] != job["staged"]
