from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.features.watch_party.protoo.messages import (
    MAX_ID,
    Failure,
    Notification,
    ProtooMessage,
    Request,
    Success,
    decode,
    encode,
)

FIELDS = ("request", "response", "notification", "id", "ok", "method", "data", "errorCode")
# Texts as Python can hold them, halves of UTF-16 pairs included.
any_text = st.text(st.characters(exclude_categories=[]))
sound_text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
ids = st.integers(0, MAX_ID)
methods = sound_text.filter(bool)


def values(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Return a strategy for JSON values."""
    simple = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
    simple = simple.filter(lambda value: value not in {float("inf"), float("-inf")})
    return st.recursive(simple, lambda v: st.lists(v) | st.dictionaries(texts, v), max_leaves=10)


def messages(texts: st.SearchStrategy[str]) -> st.SearchStrategy[ProtooMessage]:
    """Return a strategy for messages."""
    data = st.dictionaries(texts, values(texts), max_size=4)
    return st.one_of(
        st.builds(Request, ids, methods, data),
        st.builds(Success, ids, data),
        st.builds(Failure, ids, st.integers(100, 999), texts.map(lambda text: text[:100])),
        st.builds(Notification, methods, data),
    )


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (
            Request(6873917, "join", {}),
            '{"request":true,"id":6873917,"method":"join","data":{}}',
        ),
        (Success(1, {"a": 1}), '{"response":true,"id":1,"ok":true,"data":{"a":1}}'),
        (
            Failure(1, 403, "no way"),
            '{"response":true,"id":1,"errorCode":403,"errorReason":"no way"}',
        ),
        (
            Notification("chatMessage", {"chat": "ñ"}),
            '{"notification":true,"method":"chatMessage","data":{"chat":"ñ"}}',
        ),
    ],
)
def test_wire_format(message: ProtooMessage, text: str) -> None:
    """The text of each kind of message is what the npm packages write."""
    assert encode(message) == text
    assert decode(text) == message
    assert decode(text.encode()) == message


@given(messages(sound_text))
def test_round_trip(message: ProtooMessage) -> None:
    """What is encoded is decoded to the same message."""
    assert decode(encode(message)) == message


@given(messages(any_text))
def test_any_text_can_be_sent(message: ProtooMessage) -> None:
    """A text with half a character can be sent, and the message is still one."""
    text = encode(message)

    text.encode()
    assert type(decode(text)) is type(message)


@given(st.text() | st.binary())
def test_random_frames(frame: str | bytes) -> None:
    """Any frame is a message or nothing, never an error."""
    assert decode(frame) is None or isinstance(decode(frame), ProtooMessage)


@given(values(any_text))
def test_random_json(value: Any) -> None:
    """Any JSON is a message or nothing, and what comes of it can be printed and sent."""
    message = decode(json.dumps(value))
    if message is not None:
        repr(message).encode()


@given(
    st.fixed_dictionaries(
        {},
        optional={name: values(any_text) for name in FIELDS},
    )
)
def test_wrong_fields(fields: dict[str, Any]) -> None:
    """Objects with the right names and the wrong values are messages of the right types or none."""
    message = decode(json.dumps(fields))
    match message:
        case Request(number, method, data):
            assert (type(number), type(method), type(data)) == (int, str, dict)
        case Failure(number, code, reason):
            assert (type(number), type(code), type(reason)) == (int, int, str)
        case Success(_, data) | Notification(_, data):
            assert type(data) is dict
        case None:
            pass


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "null",
        "5",
        "[]",
        "{}",
        '{"request":true,"id":"1","method":"x"}',
        '{"request":true,"id":-1,"method":"x"}',
        '{"request":true,"id":10000001,"method":"x"}',
        '{"request":true,"id":true,"method":"x"}',
        '{"request":true,"id":1.0,"method":"x"}',
        '{"request":true,"id":1}',
        '{"request":true,"id":1,"method":""}',
        '{"response":true,"ok":true}',
        '{"notification":true,"method":5}',
        '{"notification":true,"method":"x","data":NaN}',
        '{"notification":true,"method":"x"',
        "[" * 100_000,
        "1" * 5_000,
        b"\xff\xfe",
    ],
)
def test_malformed(frame: str | bytes) -> None:
    """Malformed frames are nothing."""
    assert decode(frame) is None


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("null", {}),
        ("false", {}),
        ('""', {}),
        ("0", {}),
        ("[1]", {}),
        ("7", {}),
        ('"{}"', {"text": "{}"}),
        ('{"a":1}', {"a": 1}),
    ],
)
def test_odd_data(data: str, expected: dict[str, Any]) -> None:
    """Data is always an object; a bare text is found in it."""
    frame = f'{{"notification":true,"method":"x","data":{data}}}'

    assert decode(frame) == Notification("x", expected)


def test_half_characters_are_replaced() -> None:
    """Half a character in a text from outside becomes something that can be printed and sent."""
    frame = '{"notification":true,"method":"x","data":{"a":"\\ud83d","b":"\\ud83d\\ude00"}}'

    assert decode(frame) == Notification("x", {"a": "?", "b": "😀"})


@pytest.mark.parametrize("code", ["null", '"403"', "true", "4.5"])
def test_odd_error_codes(code: str) -> None:
    """An error without a usable code is a 500."""
    frame = f'{{"response":true,"id":1,"errorCode":{code}}}'

    assert decode(frame) == Failure(1, 500, "")
