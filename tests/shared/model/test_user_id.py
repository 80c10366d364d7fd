"""What may be a user id."""

from __future__ import annotations

import pytest

from meshvisor.shared.model.user_id import LONGEST, LONGEST_ANYWHERE, check_user_id


@pytest.mark.parametrize(
    ("text", "user_id"),
    [
        ("12345", "12345"),
        (" 12345_phone ", "12345"),
        ("6f9619ff-8b86-d011-b42d-00c04fc964ff", "6f9619ff-8b86-d011-b42d-00c04fc964ff"),
        ("meshvisor", "meshvisor"),
        ("a.b", "a.b"),
        ("A" * LONGEST, "A" * LONGEST),
    ],
)
def test_an_id(text: str, user_id: str) -> None:
    """Numbers, UUIDs and names are ids; a peer id names one, too."""
    assert check_user_id(text) == user_id


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "_phone", "a b", "a\nb", "-5", ".", "@ann", "a+b", '{"$gt":""}'),
        *("\uff11\uff12", "\u0663", "\U0001f600", "\u0430nn", "\u017f", "a" * (LONGEST + 1)),
    ],
)
def test_no_id(text: str) -> None:
    """What looks like another id, or was meant as something else, is refused in one sentence."""
    with pytest.raises(ValueError, match="is no user id: 1 to 64 letters"):
        check_user_id(text)


@pytest.mark.parametrize(
    "text",
    [
        *("@ann:example.org", "!a1b2c3d4", "alice@localhost", "[]\\`^{}|_", "12345_phone"),
        *("a/b", "\u0430nn", "\U0001f600", "a" * LONGEST_ANYWHERE),
    ],
)
def test_an_id_of_another_network(text: str) -> None:
    """Its spelling is kept."""
    assert check_user_id(f" {text} ", "net") == text


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "a b", "a\nb", "a\u200bb", "a\u202eb", "a\u00a0b", "a\ud800"),
        *("a\u3164", "a\ufe0f", "a\u034fb", "a" * (LONGEST_ANYWHERE + 1)),
    ],
)
def test_no_id_of_another_network(text: str) -> None:
    """Nothing that cannot be seen is in one."""
    with pytest.raises(ValueError, match="is no user id: 1 to 255 visible characters"):
        check_user_id(text, "net")
