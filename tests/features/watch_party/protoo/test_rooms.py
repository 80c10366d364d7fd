from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.features.watch_party.protoo.rooms import (
    ChatMessage,
    RoomState,
    RoomUser,
    mentioned,
    read_users,
    user_id,
)

MILA = RoomUser("5", "mila")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda v: st.lists(v) | st.dictionaries(st.text(), v),
    max_leaves=8,
)


def test_chat_round_trip() -> None:
    """A chat message with everything in it survives the wire."""
    message = ChatMessage(
        "hi @mila",
        id="m1",
        sender="7_x",
        reply="m0",
        mentions=(MILA,),
        media={"url": "x"},
        detected_lang="en",
        translations={"de": "hallo"},
    )

    assert ChatMessage.from_data(message.to_data()) == message
    assert message.sender_id == "7"
    assert message.to_data()["user_metas"] == [{"id": 5, "handle": "mila"}]


def test_ids_that_are_numbers() -> None:
    """Ids arrive as text however the server writes them."""
    message = ChatMessage.from_data({"chat": "x", "id": 5, "from": 7, "reply": 3})

    assert message == ChatMessage("x", id="5", sender="7", reply="3")


@pytest.mark.parametrize("data", [{}, {"chat": None}, {"chat": 5}, {"chat": ["x"]}])
def test_chat_without_text(data: dict[str, Any]) -> None:
    """A chat message needs a text."""
    assert ChatMessage.from_data(data) is None


def test_chat_with_wrong_fields() -> None:
    """Wrong fields are left out, and the text is kept."""
    data = {"chat": "x", "id": [], "from": {}, "reply": True, "user_metas": 5, "translations": []}

    assert ChatMessage.from_data(data) == ChatMessage("x")


@pytest.mark.parametrize(
    "data",
    [
        {"state": '{"users":[{"id":5,"handle":"mila"}],"mesh_state":{"a":1}}'},
        {"text": '{"users":[{"id":"5","handle":"mila"}],"mesh_state":{"a":1}}'},
        {"users": [{"id": 5, "handle": "mila"}], "mesh_state": {"a": 1}},
        {"x": 1, "data": {"users": [None, {"id": 5, "handle": "mila"}], "mesh_state": {"a": 1}}},
    ],
)
def test_state_wherever_it_is(data: dict[str, Any]) -> None:
    """The state is found under whatever key a server puts it."""
    assert RoomState.from_data(data) == RoomState((MILA,), {"a": 1})


@pytest.mark.parametrize(
    "data", [{}, {"state": "{"}, {"state": "5"}, {"state": '{"users":7}'}, {"state": "[" * 100_000}]
)
def test_no_state(data: dict[str, Any]) -> None:
    """What has no list of users is no state."""
    assert RoomState.from_data(data) is None


def test_state_round_trip() -> None:
    """A state survives the wire, as a text inside the data."""
    state = RoomState((MILA, RoomUser("bot", "")), {"playing": True})

    assert isinstance(state.to_data()["state"], str)
    assert RoomState.from_data(state.to_data()) == state


@given(
    st.dictionaries(st.sampled_from(["state", "users", "chat", "id", "user_metas"]), json_values)
)
def test_random_data(data: dict[str, Any]) -> None:
    """No data makes reading raise."""
    ChatMessage.from_data(data)
    RoomState.from_data(data)


@given(json_values)
def test_random_users(value: Any) -> None:
    """Whatever is no user is left out."""
    assert all(user.id for user in read_users(value))


@pytest.mark.parametrize(
    ("peer_id", "expected"), [("5_a", "5"), ("5_a_b", "5"), ("5", "5"), ("_a", ""), ("", "")]
)
def test_user_ids(peer_id: str, expected: str) -> None:
    """The user id is what comes before the first underscore."""
    assert user_id(peer_id) == expected


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("hi @mila", True),
        ("@MILA!", True),
        ("mila", False),
        ("@milan", False),
        ("a@mila.example", True),
        ("@", False),
    ],
)
def test_mentions(text: str, found: bool) -> None:
    """People are mentioned by their whole handle after an at sign."""
    assert mentioned(text, [MILA]) == ((MILA,) if found else ())
