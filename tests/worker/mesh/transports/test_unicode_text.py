"""Text that is fit to be sent."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from worker.mesh.transports.unicode_text import sound


@given(st.text(st.characters()))
def test_every_text_can_be_encoded(text: str) -> None:
    """Whatever JSON can carry becomes text that UTF-8 can express."""
    sound(text).encode()


@given(st.text())
def test_sound_text_stays_as_it_is(text: str) -> None:
    """Text without half surrogate pairs is not changed."""
    assert sound(text) == text


def test_halves_are_joined_or_replaced() -> None:
    """Two halves that belong together are joined; a lonely one becomes U+FFFD."""
    assert sound(json.loads('"\\ud83d"') + json.loads('"\\ude00"')) == "😀"
    assert sound(json.loads('"a\\ud83d!"')) == "a\ufffd!"
