"""What goes over the wire: HTTP, contents of messages, names, and where a bot goes on."""

from __future__ import annotations

import contextlib
import itertools
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.features.matrix.address import check_room, homeserver, is_id
from meshvisor.features.matrix.wire import contents
from meshvisor.features.matrix.wire.events import Event, read_events, read_sync
from meshvisor.features.matrix.wire.http import (
    MOST_CONTENT,
    HttpError,
    Response,
    ResponseReader,
    written,
)
from meshvisor.features.matrix.wire.refusals import USUAL_WAIT, refusal
from meshvisor.features.matrix.worker.progress import LONGEST, Progress, read_progress

CHUNKED: Final = b"Transfer-Encoding: chunked"


def read(data: bytes, cuts: list[int]) -> Response | None:
    """Return the answer in `data`, which comes in pieces."""
    reader, found = ResponseReader("GET"), None
    places = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    for begin, end in itertools.pairwise(places):
        found = reader.feed(data[begin:end]) or found
    return found or reader.end()


# ---- HTTP ----------------------------------------------------------------------------------------


@given(content=st.binary(max_size=300), cuts=st.lists(st.integers(0, 1000), max_size=8))
def test_answers_in_pieces(content: bytes, cuts: list[int]) -> None:
    """An answer is the same however it is cut, and however its length is given."""
    middle = len(content) // 2
    chunks = b"".join(
        b"%x;x=1\r\n%s\r\n" % (len(part), part)
        for part in (content[:middle], content[middle:])
        if part
    )
    for head, body in (
        (b"Content-Length: %d" % len(content), content),
        (b"Transfer-Encoding: chunked", chunks + b"0\r\nTrailer: x\r\n\r\n"),
        (b"Connection: close", content),
    ):
        found = read(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n" + body, cuts)
        assert found is not None
        assert (found.status, found.reason, found.content) == (200, "OK", content)
        assert found.stays_open is (b"close" not in head)


@given(st.binary(max_size=200))
def test_anything_is_read(data: bytes) -> None:
    """What comes is an answer, part of one, or an error, and nothing else."""
    for begin in (b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200\r\n" + CHUNKED + b"\r\n\r\n"):
        with contextlib.suppress(HttpError):
            read(begin + data, [3])


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"SSH-2.0-OpenSSH\r\n", "not HTTP"),
        (b"HTTP/2 200\r\n\r\n", "not HTTP/1.1"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "a length"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (MOST_CONTENT + 1), "16 MiB"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "gzip"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "chunks"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000, "never ends"),
    ],
)
def test_what_is_no_answer(data: bytes, why: str) -> None:
    """It is said in a few words what is wrong."""
    with pytest.raises(HttpError, match=why):
        ResponseReader("GET").feed(data)


def test_what_was_not_asked_for() -> None:
    """What comes behind an answer is not taken for the next one."""
    data = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1"
    found = ResponseReader("GET").feed(data)
    assert found is not None
    assert (found.content, found.stays_open) == (b"{}", False)


def test_a_request() -> None:
    """It says what HTTP/1.1 wants said, and the token only where there is one."""
    server = homeserver("https://example.org:8448/base")
    said = written(server, "PUT", "/x?y=1", "secret", b"{}").decode()
    assert said.startswith("PUT /base/x?y=1 HTTP/1.1\r\nHost: example.org:8448\r\n")
    assert "Authorization: Bearer secret\r\n" in said
    assert said.endswith("Content-Length: 2\r\n\r\n{}")
    assert "Authorization" not in written(server, "GET", "/x").decode()


# ---- Refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "content", "headers", "said", "wait"),
    [
        (403, b'{"errcode":"M_FORBIDDEN","error":"no\\nway"}', {}, "no way (M_FORBIDDEN)", None),
        (
            429,
            b'{"errcode":"M_LIMIT_EXCEEDED","error":"slow","retry_after_ms":1500}',
            {},
            "slow",
            1.5,
        ),
        (429, b"slow", {"retry-after": "7"}, "it answers 429", 7.0),
        (429, b'{"retry_after_ms":"x"}', {}, "it answers 429", USUAL_WAIT),
        (502, b"<html>", {}, "it answers 502", None),
        (301, b"", {"location": "https://there"}, "it sends to https://there", None),
        (400, b'{"errcode":7,"error":[]}', {}, "it answers 400", None),
        (500, b"\xff", {}, "it answers 500", None),
    ],
)
def test_refusals(
    status: int, content: bytes, headers: dict[str, str], said: str, wait: float | None
) -> None:
    """A refusal is a sentence with a code, and when to come again where that is said."""
    error = refusal(Response(status, "", headers, content, stays_open=True))
    assert str(error).startswith(said)
    assert error.retry_after == wait
    assert error.is_passing is (status >= 500)


# ---- Names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("matrix.org", "https://matrix.org"),
        ("https://matrix.org/", "https://matrix.org"),
        ("http://localhost:8008", "http://localhost:8008"),
        ("https://[::1]:8448", "https://[::1]:8448"),
        ("http://host/some/base", "http://host/some/base"),
    ],
)
def test_servers(text: str, meant: str) -> None:
    """A server is written in few ways and means one."""
    assert str(homeserver(text)) == meant
    assert str(homeserver(meant)) == meant


@pytest.mark.parametrize("text", ["", "ftp://x", "http://", "host:99999", "a b", "https://u:p@h"])
def test_no_servers(text: str) -> None:
    """What is none is said so."""
    with pytest.raises(ValueError, match=r"^must be the address of a homeserver"):
        homeserver(text)


def test_rooms_and_users() -> None:
    """Rooms are ids of every version, or aliases; users are ids of every allowed character."""
    for room in ("!a:b.c", "!m9ua7aPRoHL2DlA9mnAX6qglkhRzkOAEjcRitmFM7dU", "#a/b+c:[::1]:80"):
        assert check_room(room) == room
    for room in ("lobby", "!", "#a", "!a b", "!a:b\n", "!" + "x" * 255):
        with pytest.raises(ValueError, match=r"^must be the id of a room"):
            check_room(room)
    for user in ("@a:b", "@a.b_c=d/e+f-1:host:8448", "@Ann!#$%&'()*,;<>?[]^`{|}~:h", "@é:h"):
        assert is_id(user)
    for wrong in ("a:b", "@a", "@a b:c", "@a\n:b", "@" + "x" * 254 + ":b", 5, None):
        assert not is_id(wrong)


# ---- Contents ------------------------------------------------------------------------------------


def event(content: Any) -> Event:
    """Return a message with this content."""
    return msgspec.convert(
        {"type": "m.room.message", "event_id": "$1", "sender": "@a:b", "content": content}, Event
    )


def test_what_is_said_is_heard() -> None:
    """Texts, threads and answers are read as they were written."""
    for thread in ("", "$t"):
        for reply_to in (None, "$r"):
            said = event(contents.message("hi", "m.text", thread=thread, reply_to=reply_to))
            assert contents.heard_text(said) == "hi"
            assert (contents.thread_of(said), contents.answered(said)) == (thread, reply_to)
            assert not contents.is_edit(said)
    assert contents.is_edit(event(contents.edit("$1", "new", "m.text")))


def test_a_quote() -> None:
    """What older clients put in front of an answer is not what a user has said."""
    answer = {"m.in_reply_to": {"event_id": "$r"}}
    body = "> <@a:b> ?ping\n> more\n\n?uptime"
    assert contents.heard_text(event({"body": body, "m.relates_to": answer})) == "?uptime"
    assert contents.heard_text(event({"body": body})) == body


def test_code() -> None:
    """A block of code is one for clients, and nothing in it or around it is markup."""
    said = contents.message("a <b>\n```py\nx = 1 < 2\n```\nend", "m.notice")
    assert said["formatted_body"] == (
        'a &lt;b&gt;<pre><code class="language-py">x = 1 &lt; 2\n</code></pre>end'
    )
    assert "formatted_body" not in contents.message("<b>", "m.notice")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "body",
                        "msgtype",
                        "m.relates_to",
                        "rel_type",
                        "event_id",
                        "m.in_reply_to",
                        "is_falling_back",
                        "m.new_content",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=10,
    )
)
def test_any_content_is_read(content: Any) -> None:
    """Whatever a user sends is a message or none."""
    found = event(content)
    assert isinstance(contents.heard_text(found), str)
    assert isinstance(contents.thread_of(found), str)
    assert isinstance(contents.answered(found), str | None)
    assert isinstance(contents.is_edit(found), bool)


def test_an_event_that_cannot_be_read() -> None:
    """It costs nothing but itself."""
    news = read_sync(
        b'{"next_batch":"s","rooms":{"join":{"!a":{"timeline":{"events":[5,{"type":1},{},'
        b'{"type":"m.x","sender":null},{"type":"m.y"}]}}}}}'
    )
    events = read_events(news.rooms.join["!a"].timeline.events)
    assert [one.type for one in events] == ["m.y"]


# ---- Where to go on ------------------------------------------------------------------------------


def test_progress() -> None:
    """A token reads as what it was, and one of another account as the beginning."""
    whole = Progress(since="s" * 200, after="$" + "x" * 254, token="t" * 1000, user="@" + "u" * 254)
    assert read_progress(whole.written) == whole
    assert len(whole.written) < LONGEST
    for other in (None, "", "s12", "[]", '{"since":5}'):
        assert read_progress(other) == Progress()
