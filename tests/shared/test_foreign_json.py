"""JSON from outside: whatever comes, what is decoded can be printed, stored, sent and computed."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.shared.foreign_json import LONGEST_NUMBER, ForeignJsonError, decode, decode_object

ANY_TEXT = st.text(st.characters(exclude_categories=()))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner),
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"\ud83d"', "?"),
        (r'"\ude00 b"', "? b"),
        (r'"\ud83d\ud83d\ude00"', "?😀"),
        (r'"\uD83D\uDE00"', "😀"),
        (r'"a\u0000b"', "a?b"),
        (r'"\\ud83d \\u0000"', r"\ud83d \u0000"),
        (r'"\\\ud83d"', r"\?"),
        (r'{"\ud83d": 1}', {"?": 1}),
        ('"' + "1" * 400 + '"', "1" * 400),
        ('"1e999"', "1e999"),
        ("[1e300, 1e-999]", [1e300, 0.0]),
        ("\ufeff[]".encode(), []),
    ],
)
def test_what_is_mended(text: str | bytes, value: object) -> None:
    """Half characters and NUL become question marks; all that is sound stays as it is."""
    assert decode(text) == value


@pytest.mark.parametrize(
    "content",
    [
        "",
        "NaN",
        "[Infinity]",
        "1e999",
        "[-1E+400]",
        "1" * 400,
        "1" * 5000,
        "1" * 400 + ".0",
        "[" * 300 + "]" * 300,
        "[" * 100_000,
        b'"\xed\xa0\xbd"',
        b'"\xff"',
        "[]".encode("utf-16"),
        '"\t"',
        r'"\ud8"',
        r'"\x"',
        '"\ud83d"',
        "[] []",
    ],
)
def test_what_is_refused(content: str | bytes) -> None:
    """What no parser, no database and no arithmetic takes after us is refused in one way."""
    with pytest.raises(ForeignJsonError):
        decode(content)
    assert decode_object(content) is None


@given(VALUES)
def test_any_value(value: Any) -> None:
    """Whatever is decoded can be encoded again, and is JSON for all other parsers."""
    try:
        decoded = decode(json.dumps(value))
    except ForeignJsonError:
        return
    again = json.dumps(decoded, ensure_ascii=False, allow_nan=False).encode()
    assert b"\\u0000" not in again
    assert decode(again) == decoded


@given(st.text() | st.binary())
def test_anything(content: str | bytes) -> None:
    """Anything else is that one error."""
    with suppress(ForeignJsonError):
        decode(content)


@pytest.mark.parametrize("before", range(0, 320, 7))
def test_a_long_number_is_found_wherever_it_stands(before: int) -> None:
    """One digit more than can be computed with, behind and in front of anything."""
    digits = "9" * (LONGEST_NUMBER + 1)
    with pytest.raises(ForeignJsonError):
        decode(f'["{"x" * before}", {digits}, "{"x" * before}"]')
    assert decode(f'["{"x" * before}", {digits[1:]}]') == ["x" * before, int(digits[1:])]
