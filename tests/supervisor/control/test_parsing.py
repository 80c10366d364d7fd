"""From a frame to a request, or to a sentence that says what is wrong."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.features.blocklist.requests import Block
from meshvisor.features.fleet.requests.lifecycle import Start
from meshvisor.shared.control.request import Request
from meshvisor.supervisor.control import parsing
from meshvisor.supervisor.control.parsing import BadRequestError
from meshvisor.supervisor.control.registry import all_handlers
from meshvisor.supervisor.control.requests.logs import GetLogs

HANDLERS = all_handlers()


def parse(body: bytes) -> Request:
    """Return the request of a frame."""
    return parsing.parse(body, HANDLERS).request


def body(**fields: Any) -> bytes:
    """Return a frame's body."""
    return json.dumps({"v": 1, "id": 1, **fields}).encode()


def test_known_requests() -> None:
    """Requests come out typed, with defaults for what was left out."""
    assert parse(body(type="logs")) == GetLogs()
    assert parse(body(type="start", mesh_ids=["a"])) == Start(mesh_ids=("a",))
    assert parse(body(type="block", mesh_id="a", duration=5)) == Block(mesh_id="a", duration=5)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"type": "statsu"}, ["'statsu' is no request", "status"]),
        ({}, ["no request"]),
        ({"type": "status", "x": 1}, ["'status' has no field 'x'"]),
        ({"type": "process_health"}, ["'process_health' needs the field 'mesh_id'"]),
        ({"type": "process_health", "mesh_id": "../x"}, ["'../x' is no mesh id"]),
        ({"type": "logs", "lines": "many"}, ["'lines' of 'logs'", "'many'"]),
        ({"type": "logs", "lines": -1}, ["'lines' of 'logs'", "-1"]),
        ({"type": "start"}, ["Name one or more meshes"]),
        ({"type": "start", "mesh_ids": ["a"], "all": True}, ["not both"]),
        ({"type": "block", "mesh_id": "a", "duration": 0}, ["'duration' of 'block'"]),
        ({"type": "events", "after": 2**63}, ["'after' of 'events'", str(2**63)]),
        ({"type": "events_follow", "after": 2**63}, ["'after' of 'events_follow'"]),
        ({"v": 2, "type": "status"}, ["version 1", "not 2"]),
    ],
)
def test_wrong_requests(fields: dict[str, Any], words: list[str]) -> None:
    """A wrong request is answered to its id with one sentence that names what is wrong."""
    with pytest.raises(BadRequestError) as caught:
        parse(body(**fields))
    sentence = str(caught.value)
    assert caught.value.request_id == 1
    assert caught.value.exit_code == 2
    assert all(word in sentence for word in words), sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.sampled_from(sorted(HANDLERS)),
    st.dictionaries(
        st.sampled_from(["mesh_id", "mesh_ids", "all", "lines", "follow", "duration", "v"]), _JSON
    ),
)
def test_any_json_is_a_request_or_a_sentence(kind: str, fields: dict[str, Any]) -> None:
    """No JSON whatsoever makes parsing fail in another way."""
    with contextlib.suppress(BadRequestError):
        parse(json.dumps({"id": 1, **fields, "type": kind}).encode())


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_a_sentence(data: bytes) -> None:
    """No bytes whatsoever do either."""
    with contextlib.suppress(BadRequestError):
        parse(data)
