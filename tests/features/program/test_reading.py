"""Whatever a program says becomes a message, something unknown, or a complaint."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.features.program.worker.messages import (
    FROM_PROGRAM,
    Ended,
    Joined,
    Noticed,
    Person,
    ProgramTraits,
    Said,
)
from meshvisor.features.program.worker.news import incoming
from meshvisor.features.program.worker.people import People
from meshvisor.features.program.worker.reading import MalformedLineError, Unknown, read
from meshvisor.worker.mesh.transport import ChatMessage

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=20,
)
FIELDS = st.sampled_from(
    sorted({name for m in FROM_PROGRAM.values() for name in m.__struct_fields__})
)


def line(kind: str, /, **fields: Any) -> bytes:
    """Return a line as a program writes it."""
    return json.dumps({"type": kind, **fields}).encode()


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    """Bytes of any kind raise nothing but the one error."""
    with contextlib.suppress(MalformedLineError):
        read(data)


@given(
    st.sampled_from([*FROM_PROGRAM, "later"]),
    st.dictionaries(FIELDS | st.text(max_size=8), JSON, max_size=6),
)
def test_any_fields(kind: str, fields: dict[str, Any]) -> None:
    """Fields of any shape raise nothing but the one error, and what is read can be handed on."""
    with contextlib.suppress(MalformedLineError):
        message = read(json.dumps({**fields, "type": kind}).encode())
        if isinstance(message, Unknown):
            assert message.type == "later"
        else:
            incoming(message, People(), ProgramTraits())


@given(st.text(min_size=1, max_size=300))
def test_any_id(user_id: str) -> None:
    """An id is taken as it is spelled, or not at all; NUL is never more than a question mark."""
    text = json.dumps({"type": "message", "user": {"id": user_id}, "text": ""})
    user_id = user_id.replace("\0", "?")
    is_fine = user_id.isprintable() and " " not in user_id and len(user_id) <= 255
    try:
        message = read(text.encode())
    except MalformedLineError:
        assert not is_fine
    else:
        assert is_fine
        assert isinstance(message, Said)
        assert message.user.id == user_id


def test_what_is_left_out() -> None:
    """A message needs a user and a text; a user is not authenticated by silence about it."""
    message = read(line("message", user={"id": "ann"}, text="hi"))
    assert message == Said(user=Person(id="ann"), text="hi")
    assert isinstance(message, Said)
    assert not message.user.authenticated
    assert isinstance(read(line("ended")), Ended)


def test_nulls() -> None:
    """What other languages write for nothing is nothing."""
    message = read(
        line("message", user={"id": "a"}, text="", id=None, place=None, reply_to=None, at=None)
    )
    assert message == Said(user=Person(id="a"), text="")


def test_nulls_of_any_field() -> None:
    """Some languages write it for an empty list or object, too."""
    traits = {"max_bytes": None, "quiet": True, "places": {"#a": {"lines": None}}}
    bot = {"id": "b", "name": None, "authenticated": None}
    joined = read(line("joined", self=bot, users=None, traits=traits, version=None))
    assert joined == read(
        line("joined", self={"id": "b"}, traits={"quiet": True, "places": {"#a": {}}})
    )
    message = line("message", user=bot, text="null", direct=None, mentions=None)
    assert read(message) == Said(user=Person(id="b"), text="null")
    assert read(line("ended", kind=None, reason=None)) == Ended()
    with pytest.raises(MalformedLineError):
        read(line("message", user=None, text=""))


def test_nulls_of_data() -> None:
    """What was observed is handed on as the program says it."""
    data = {"topic": None, "list": [{"x": None}]}
    noticed = read(line("observed", kind="topic", user=None, data=data))
    assert noticed == Noticed(kind="topic", data=data)
    assert read(line("observed", kind="topic", data=None)) == Noticed(kind="topic")


def test_more_than_is_known() -> None:
    """Unknown fields are ignored, and so are unknown types, which are logged."""
    assert isinstance(read(line("joined", self={"id": "b", "avatar": 1}, colour="red")), Joined)
    assert read(line("teleported", x=1)) == Unknown("teleported")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"hello", "it is no JSON"),
        (b"\xff\xfe\x00", "it is no JSON"),
        (b"[" * 5000, "it is no JSON"),
        (b"[]", "it is no JSON object"),
        (b"{}", "it has no type"),
        (b'{"type": 1}', "it has no type"),
        (line("joined"), "joined: Object missing required field `self`"),
        (
            line("message", user={"id": 7}, text=""),
            "message: Expected `str`, got `int` - at `$.user.id`",
        ),
        (line("message", user={"id": "a b"}, text=""), "message: an id holds"),
        (line("joined", self={"id": "b"}, traits={"max_bytes": 1}), "joined: Expected `int` >= 64"),
        (line("joined", self={"id": "b"}, traits={"gap": -1}), "joined: Expected `float` >= 0"),
        (line("delivery", sent_id="1", state="eaten"), "delivery: Invalid enum value"),
        (b'{"type": "ended", "retry_after": 1e999}', "it is no JSON"),
    ],
)
def test_why_not(data: bytes, why: str) -> None:
    """The complaint names what is wrong, so that its author can mend it."""
    with pytest.raises(MalformedLineError) as caught:
        read(data)
    assert str(caught.value).startswith(why)


def test_half_characters() -> None:
    """Half a character, which no socket takes any more, is a question mark."""
    message = read(b'{"type": "message", "user": {"id": "a"}, "text": "x\\ud83dy\\u0000"}')
    assert isinstance(message, Said)
    assert message.text == "x?y?"


def test_own_messages() -> None:
    """What the bot itself has said is not handed on: it would answer itself for ever."""
    people = People()
    people.begin(Person(id="bot"), [Person(id="ann", name="Ann")])
    assert incoming(Said(user=Person(id="bot"), text="?ping"), people, ProgramTraits()) is None
    heard = incoming(Said(user=Person(id="ann"), text="?ping"), people, ProgramTraits())
    assert isinstance(heard, ChatMessage)
    assert heard.user.name == "Ann"
