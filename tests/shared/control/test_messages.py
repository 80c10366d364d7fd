"""The control protocol's frames are contracts: a newer command must understand an older server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from meshvisor.features.fleet.requests.lifecycle import Start
from meshvisor.shared.control.messages import Event, Failure, Success
from meshvisor.shared.control.request import CONTROL_VERSION
from meshvisor.shared.feature import features
from meshvisor.supervisor.control.registry import owners
from meshvisor.supervisor.control.requests.logs import GetLogs

TESTS = Path(__file__).parents[2]
ENVELOPE = {"v", "id", "type", "actor", "cause", "once"}
KERNEL = Path(__file__).with_name("requests.json")


def test_frames_as_documented() -> None:
    """Replies and events have exactly the documented fields."""
    assert Success(reply_to=1, result=2).model_dump() == {"reply_to": 1, "ok": True, "result": 2}
    assert Failure(reply_to=None, error="No.", exit_code=2).model_dump() == {
        "reply_to": None,
        "ok": False,
        "error": "No.",
        "exit_code": 2,
    }
    assert Event(reply_to=1, event={}).model_dump() == {"reply_to": 1, "event": {}}


@pytest.mark.parametrize("owner", ["", *(one.name for one in features() if one.requests)])
def test_golden_requests(owner: str) -> None:
    """The types and fields of all requests stay as they are; each owner has a file of its own."""
    (handlers,) = (found for one, found in owners() if owner == ("" if one is None else one.name))
    shapes = {
        handler.kind: sorted(set(handler.request.model_fields) - ENVELOPE) for handler in handlers
    }
    file = TESTS / "features" / owner / "requests.json" if owner else KERNEL
    assert CONTROL_VERSION == 1
    assert shapes == json.loads(file.read_text())


def test_meshes_or_all() -> None:
    """Exactly one way of saying which meshes is taken."""
    assert Start(all=True).mesh_ids == ()
    for fields in ({}, {"all": True, "mesh_ids": ("a",)}):
        with pytest.raises(ValidationError):
            Start.model_validate(fields)


def test_lines_are_bounded() -> None:
    """No client can ask for endlessly many lines."""
    with pytest.raises(ValidationError):
        GetLogs(lines=100_001)
