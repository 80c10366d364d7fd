"""The exchange that is written by hand says what the models say."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.shared.protocol.codec import Codec
from meshvisor.shared.protocol.from_worker import Counters, FromWorker, StatusResponse
from meshvisor.shared.protocol.messages import Error, Message
from meshvisor.shared.protocol.status_shortcut import Status, read_request, write_response
from meshvisor.shared.protocol.to_worker import StatusRequest


@pytest.mark.parametrize("mesh_id", [None, "lobby"])
def test_a_request_of_the_model_is_recognised(mesh_id: str | None) -> None:
    """Whatever the supervisor sends takes the short way."""
    request = StatusRequest(mesh_id=mesh_id)
    assert read_request(Codec.encode(request)) == request.id


ASKED = b'{"type":"status_request","v":1,"id":1,"ts":0}\n'


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b'{"type":"status_request"}\n',
        b'{"type":"shutdown","v":1,"id":1,"deadline":1}\n',
        ASKED[:-1],
        ASKED * 2,
        ASKED.replace(b'"v":1', b'"v":2'),
    ],
    ids=["nothing", "no id", "another type", "a part", "two", "another version"],
)
def test_anything_else_is_left_to_the_codec(data: bytes) -> None:
    """Parts, several messages and other versions are decoded."""
    assert read_request(ASKED) == 1
    assert read_request(data) is None


@given(
    mesh_id=st.text(max_size=20),
    error=st.none() | st.text(max_size=200),
    numbers=st.lists(st.integers(0, 2**50), min_size=7, max_size=7),
    seconds=st.floats(0, 1e9),
)
def test_the_answer_is_the_models(
    mesh_id: str, error: str | None, numbers: list[int], seconds: float
) -> None:
    """Decoded, the answer holds every field that it was made from."""
    status = Status("connected", seconds, seconds / 2, numbers[0], tuple(numbers), error)
    frame = write_response(7, json.dumps(mesh_id), status)
    assert frame.count(b"\n") == 1
    answer = Codec[Message](FromWorker).decode(frame)
    assert isinstance(answer, StatusResponse)
    assert answer.reply_to == 7
    assert answer.mesh_id == mesh_id
    assert answer.memory_bytes == numbers[0]
    assert answer.uptime_seconds == pytest.approx(seconds, abs=1e-5)
    assert answer.event_loop_lag_ms == pytest.approx(seconds / 2, abs=1e-5)
    assert answer.counters == Counters(**dict(zip(Counters.model_fields, numbers, strict=True)))
    assert answer.last_error == (error and Error(error=error).error)
    assert answer.state == "connected"
