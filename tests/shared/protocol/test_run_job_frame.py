"""The message that is written by hand says what the model says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.features.jobs.messages.run_job_frame import Handover, write_run_job
from meshvisor.features.jobs.messages.to_runner import RunJob, ToRunner
from meshvisor.shared.protocol.codec import Codec
from meshvisor.shared.protocol.frames import MAX_FRAME, FrameTooLongError
from meshvisor.shared.protocol.messages import Message

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBER = st.integers(0, 2**53)

HANDOVERS = st.builds(
    Handover,
    mesh_id=TEXT,
    lane=TEXT,
    job_id=NUMBER,
    run=NUMBER,
    attempt=NUMBER,
    action=TEXT,
    created_by=TEXT,
    created_at=NUMBER,
    total=NUMBER,
    items=st.lists(st.tuples(NUMBER, TEXT), max_size=4),
    more=st.booleans(),
)
SMALL = Handover("lobby", "default", 1, 1, 1, "walk", "11", 0, 1, [(0, "a")], more=False)


@given(HANDOVERS, st.sampled_from([{}, {"code": "Ä\n\u2028", "deep": [1.5, None, {"a": True}]}]))
def test_it_is_the_models(job: Handover, data: dict[str, Any]) -> None:
    """Decoded, it holds every field that it was made from, and the envelope."""
    written = write_run_job(job, data)
    assert written.count(b"\n") == 1
    assert written.endswith(b"\n")
    message = Codec[Message](ToRunner).decode(written)
    assert isinstance(message, RunJob)
    again = RunJob(
        **{
            **job._asdict(),
            "items": [{"position": p, "key": k} for p, k in job.items],
            "data": data,
            "id": message.id,
            "ts": message.ts,
        }
    )
    assert message == again
    assert message.id > 0
    assert message.ts > 0


def test_each_has_its_own_id() -> None:
    """As all messages of a sender have."""
    codec = Codec[Message](ToRunner)
    first, second = (codec.decode(write_run_job(SMALL)) for _ in range(2))
    assert isinstance(first, RunJob)
    assert isinstance(second, RunJob)
    assert second.id > first.id


@pytest.mark.parametrize("data", [{}, {"code": "x"}], ids=["without data", "with data"])
def test_what_does_not_fit(data: dict[str, Any]) -> None:
    """It is refused here, not by the one who reads it."""
    key = "k" * 1000
    items = [(n, key) for n in range(MAX_FRAME // len(key))]
    with pytest.raises(FrameTooLongError):
        write_run_job(SMALL._replace(items=items), data)


def test_data_that_nobody_could_read() -> None:
    """A half of a character is no text."""
    with pytest.raises(ValueError, match="surrogates"):
        write_run_job(SMALL, {"code": "\ud800"})
