"""What an action may be given."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import from_json

from meshvisor.features.jobs.model.data import FRAME, MAX_DATA, check_data


def nested(levels: int) -> Any:
    """Return lists within each other."""
    return json.loads("[" * levels + "]" * levels)


@pytest.mark.parametrize(
    "value",
    ["\ud83d", float("nan"), float("inf"), 10**5000, object(), {1, 2}, nested(300), nested(198)],
    ids=["half", "NaN", "infinity", "digits", "object", "set", "deep", "deep in its frame"],
)
def test_what_no_runner_could_be_sent(value: object) -> None:
    """What the channel does not take is refused before it is written."""
    with pytest.raises(ValueError, match="no JSON that an action could be given"):
        check_data({"a": value})


def test_what_is_too_long() -> None:
    """It is counted in bytes as they are sent, so that each language has the same room."""
    check_data({"a": "x" * (MAX_DATA - len('{"a": ""}'))})
    check_data({"a": "\u00fc" * (MAX_DATA // 2 - 10)})
    with pytest.raises(ValueError, match=f"has {MAX_DATA + 1} bytes; {MAX_DATA} are allowed"):
        check_data({"a": "x" * (MAX_DATA + 1 - len('{"a": ""}'))})


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.text(), VALUES))
def test_what_passes_can_be_read(data: dict[str, Any]) -> None:
    """Whatever is let through the runner's parser takes, within its frame."""
    try:
        check_data(data)
    except ValueError:
        return
    text = json.dumps(data, ensure_ascii=False)
    assert from_json("[" * FRAME + text + "]" * FRAME, allow_inf_nan=False)
