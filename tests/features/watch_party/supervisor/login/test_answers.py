from __future__ import annotations

from typing import Any

import pytest

from meshvisor.features.watch_party.supervisor.login.answers import (
    LinkSent,
    LinkState,
    ShapeError,
    read_link,
    read_session,
    read_status,
    read_token,
    read_user_id,
)


def data(**content: Any) -> dict[str, Any]:
    """Return an answer."""
    return {"data": content, "more": "is ignored"}


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("http://a.example/x?y=z", "http://a.example/x?y=z"),
        ("https://a.example", "https://a.example"),
        ("javascript:alert(1)", None),
        ("http://a.example/\x1b[2J", None),
        ("http://a b", None),
        ("http://\u202e", None),
        (7, None),
    ],
)
def test_links_that_are_shown(link: object, shown: str | None) -> None:
    """Only what is a web address and harmless on a terminal is shown; the rest does not hurt."""
    assert read_link(data(id="i", link=link)) == LinkSent("i", None, shown)


@pytest.mark.parametrize("seconds", [0, -1, True, "600", float("inf"), float("nan")])
def test_links_that_never_were(seconds: object) -> None:
    """A link that expires at no sensible time is no link."""
    with pytest.raises(ShapeError, match="expiresIn"):
        read_link(data(id="i", expiresIn=seconds))


@pytest.mark.parametrize("state", ["pending", "expired", "refused"])
def test_states(state: str) -> None:
    """Every state but one comes without a JWT."""
    status = read_status(data(state=state, jwt="j"))
    assert (status.state, status.jwt.get_secret_value()) == (LinkState(state), "")


@pytest.mark.parametrize("content", [{"state": "gone"}, {"state": None}, {"state": []}, {}])
def test_unknown_states(content: dict[str, object]) -> None:
    """Any other state is named as wrong, with those that are known."""
    with pytest.raises(ShapeError, match="pending, authenticated, expired, refused"):
        read_status(data(**content))


@pytest.mark.parametrize("jwt", [None, "", "r:", 7, "a b", "a\n", "\u00e9"])
def test_unusable_secrets(jwt: object) -> None:
    """A secret that no header can hold is none; the message does not show it."""
    with pytest.raises(ShapeError) as caught:
        read_status(data(state="authenticated", jwt=jwt))
    assert str(caught.value) == 'JSON without a usable "jwt"'


def test_tokens_lose_their_prefix() -> None:
    """Platforms hand tokens out with a prefix that they do not want back."""
    session = read_session(data(parseId="p", sessionToken="r:s"))
    assert (session.parse_id, session.token.get_secret_value()) == ("p", "s")
    assert read_token(data(token="r:t")).get_secret_value() == "t"
    assert read_token(data(token="t")).get_secret_value() == "t"


@pytest.mark.parametrize(("user_id", "expected"), [(7, "7"), ("u7", "u7")])
def test_user_ids(user_id: object, expected: str) -> None:
    """Numbers and texts are ids."""
    assert read_user_id(data(id=user_id)) == expected


@pytest.mark.parametrize("user_id", [None, "", True, 1.5, "a b", "a_b", "a\n", []])
def test_unusable_user_ids(user_id: object) -> None:
    """What could not be the beginning of a peer id is none."""
    with pytest.raises(ShapeError):
        read_user_id(data(id=user_id))
