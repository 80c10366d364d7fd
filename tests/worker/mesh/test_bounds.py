"""Whatever comes in is within bounds: every field of every kind of event."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.shared.model.user_id import LONGEST_ANYWHERE
from meshvisor.shared.protocol.fields import LONGEST_NAME, LONGEST_SENTENCE
from meshvisor.worker.mesh.bounds import (
    LONGEST_ID,
    LONGEST_KIND,
    LONGEST_TEXT,
    MOST_MENTIONS,
    bounded,
)
from meshvisor.worker.mesh.transport import (
    MAIN,
    ChatMessage,
    Checkpoint,
    Delivery,
    Incoming,
    Observed,
    Remark,
    TypingChanged,
    User,
    UserJoined,
    UserLeft,
)

ANN = User("@ann:test.local", "Ann 👩‍🚀")
CONTROL = {*map(chr, range(32)), *map(chr, range(127, 160))} - {"\n", "\t"}

# Hypothesis likes short texts; what is too long has to come often.
ANY = st.one_of(
    st.text(st.characters(codec=None)),
    st.builds(lambda text, times: (text or "x") * times, st.text(max_size=3), st.just(70_000)),
    st.sampled_from(["", " ", "a b", "\x1b[31m", "\u202ea", "\ud800", "a\0", "x" * 256, "ok"]),
)
USERS = st.one_of(st.builds(User, st.just("ann"), ANY), st.builds(User, ANY, ANY))
PLACES = st.one_of(st.just(MAIN), ANY)
EVENTS: st.SearchStrategy[Incoming] = st.one_of(
    st.builds(
        ChatMessage,
        ANY,
        USERS,
        ANY,
        st.lists(USERS, max_size=3).map(tuple),
        st.none() | ANY,
        PLACES,
        st.booleans(),
        st.none() | st.floats(),
    ),
    st.builds(UserJoined, USERS),
    st.builds(UserLeft, USERS),
    st.builds(TypingChanged, USERS, st.booleans()),
    st.builds(Observed, ANY, st.none() | USERS, PLACES),
    st.builds(Delivery, ANY, ANY, ANY),
    st.builds(Remark, ANY),
)


def is_id(text: str, longest: int = LONGEST_ID) -> bool:
    """Say whether a text can stand in a database, a room and a terminal as it is."""
    return len(text) <= longest and text.isprintable()


def is_user(user: User) -> bool:
    """Say the same of a user."""
    is_name = 0 < len(user.name) <= LONGEST_ANYWHERE and not CONTROL & set(user.name)
    return bool(user.id) and is_id(user.id, LONGEST_ANYWHERE) and " " not in user.id and is_name


def are_within_bounds(incoming: Incoming) -> bool:
    """Say it of everything in an event."""
    match incoming:
        case ChatMessage(sent_id, user, text, mentions, reply_to, place, _, at):
            text.encode()
            return (
                all(map(is_user, (user, *mentions)))
                and len(mentions) <= MOST_MENTIONS
                and all(map(is_id, (sent_id, reply_to or "", place)))
                and len(text) <= LONGEST_TEXT
                and not CONTROL & set(text)
                and (at is None or math.isfinite(at))
            )
        case UserJoined(user) | UserLeft(user) | TypingChanged(user, _):
            return is_user(user)
        case Observed(kind, who, place, _):
            return is_id(kind, LONGEST_KIND) and is_id(place) and (who is None or is_user(who))
        case Delivery(sent_id, state, reason):
            return is_id(sent_id) and is_id(state, LONGEST_KIND) and len(reason) <= LONGEST_SENTENCE
        case Remark(text):
            return len(text) <= LONGEST_SENTENCE and not CONTROL & set(text)
        case Checkpoint():
            return True


@given(EVENTS)
def test_every_field(incoming: Incoming) -> None:
    """It is within bounds or passed over, and what is so stays as it is."""
    fit = bounded(incoming)
    assert fit is None or are_within_bounds(fit)
    assert fit is None or bounded(fit) is fit


@pytest.mark.parametrize(
    ("changes", "field", "then"),
    [
        ({"user": User("ann", "\x1b[31mAnn\u202e")}, "user", User("ann", "Ann")),
        ({"user": User("ann", "A" * 999)}, "user", User("ann", "A" * LONGEST_NAME)),
        ({"user": User("ann", "\0")}, "user", User("ann", "ann")),
        ({"text": "a\0\x1b[2Jb\n\tc\ud800"}, "text", "a[2Jb\n\tc"),
        ({"text": "x" * (LONGEST_TEXT + 1)}, "text", "x" * LONGEST_TEXT),
        ({"id": "\n"}, "id", ""),
        ({"reply_to": "r" * (LONGEST_ID + 1)}, "reply_to", None),
        ({"at": math.nan}, "at", None),
        ({"mentions": (ANN,) * 99}, "mentions", (ANN,) * MOST_MENTIONS),
        ({"mentions": (User("a b", "x"), ANN)}, "mentions", (ANN,)),
    ],
)
def test_what_is_cut(changes: dict[str, Any], field: str, then: Any) -> None:
    """The rest of a message stays as it was."""
    given = {"id": "m1", "user": ANN, "text": "?ping", "at": 5.0, **changes}
    fit = bounded(ChatMessage(**given))
    assert fit == ChatMessage(**{**given, field: then})


@pytest.mark.parametrize(
    "incoming",
    [
        ChatMessage("m1", User("a b", "Ann"), "?ping"),
        ChatMessage("m1", ANN, "?ping", place="#lobby\n"),
        ChatMessage("m1", ANN, "?ping", place="p" * (LONGEST_ID + 1)),
        UserJoined(User("x" * 256, "Ann")),
        UserLeft(User("", "Ann")),
        TypingChanged(User("\x07", "Ann"), True),
        Observed("node", User("\u202e", "Ann")),
        Delivery("", "delivered"),
    ],
)
def test_what_is_passed_over(incoming: Incoming) -> None:
    """Cut, it would be about somebody or somewhere else."""
    assert bounded(incoming) is None
