from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.features.watch_party.supervisor.discovery.listing import (
    Entry,
    Page,
    ShapeError,
    read_page,
    read_server,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["data", "mesh", "id", "server", "paging", "next"]), inner, max_size=4
        )
    ),
    max_leaves=20,
)


def test_a_page() -> None:
    """A listing names meshes, says where some of them are, and where it goes on."""
    body = {
        "data": [
            {"mesh": {"id": "lobby", "server": "wss://a.example/"}, "users": []},
            {"mesh": {"id": "cinema"}},
            {"mesh": {"id": "attic", "server": None}, "more": 1},
        ],
        "paging": {"next": "abc"},
    }

    assert read_page(body) == Page(
        (Entry("lobby", "wss://a.example"), Entry("cinema", None), Entry("attic", None)),
        (),
        "abc",
    )


@pytest.mark.parametrize("paging", [{}, {"paging": None}, {"paging": {}}, {"paging": {"next": ""}}])
def test_the_last_page(paging: dict[str, Any]) -> None:
    """Nothing follows where no cursor is given, however that is said."""
    assert read_page({"data": [], **paging}) == Page((), (), None)


def test_a_cursor_may_be_a_number() -> None:
    """Some servers count pages."""
    assert read_page({"data": [], "paging": {"next": 2}}).next == "2"


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (None, '"mesh"'),
        ([], '"mesh"'),
        ({"mesh": "lobby"}, '"mesh"'),
        ({"mesh": {}}, "must be text"),
        ({"mesh": {"id": 7}}, "must be text"),
        ({"mesh": {"id": "../etc"}}, "'../etc' is no mesh id"),
        ({"mesh": {"id": "lobby", "server": "http://a"}}, "'http://a' is no WebSocket address"),
        ({"mesh": {"id": "lobby", "server": 8484}}, "8484 is no WebSocket address"),
    ],
)
def test_a_wrong_entry_costs_only_itself(entry: object, says: str) -> None:
    """The others are used, and what is wrong is named with its place."""
    page = read_page({"data": [entry, {"mesh": {"id": "cinema"}}]})

    assert page.entries == (Entry("cinema", None),)
    [problem] = page.problems
    assert problem.startswith("entry 1: ")
    assert says in problem


@pytest.mark.parametrize("body", [None, [], "x", {}, {"data": None}, {"data": {"mesh": {}}}])
def test_no_page(body: object) -> None:
    """Without a list of meshes there is nothing to use."""
    with pytest.raises(ShapeError, match='without a list "data"'):
        read_page(body)


@pytest.mark.parametrize(
    "paging", ["abc", 3, True, [], {"next": {}}, {"next": 1.5}, {"next": True}]
)
def test_unreadable_paging(paging: object) -> None:
    """A page whose successor cannot be found is not taken for the last one."""
    with pytest.raises(ShapeError, match='"next"'):
        read_page({"data": [], "paging": paging})


def test_the_server_of_a_mesh() -> None:
    """The address of one mesh says where it is, or not."""
    assert read_server({"data": {"id": "a", "server": "ws://a:1"}}) == "ws://a:1"
    assert read_server({"data": {"id": "a"}}) is None
    with pytest.raises(ShapeError, match='"data"'):
        read_server({"data": []})
    with pytest.raises(ShapeError, match="'x' is no WebSocket address"):
        read_server({"data": {"server": "x"}})


@given(JSON)
def test_any_json_is_read_or_refused(body: object) -> None:
    """Whatever a server sends, there is a page or one kind of error."""
    for read in (read_page, read_server):
        with contextlib.suppress(ShapeError):
            read(body)
