"""Frames to messages: known, unknown and corrupt."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.features.jobs.messages.from_runner import FROM_RUNNER
from meshvisor.features.jobs.messages.to_runner import TO_RUNNER
from meshvisor.shared.protocol.codec import HEAD_LENGTH, Codec, CorruptFrameError, UnknownMessage
from meshvisor.shared.protocol.from_worker import FROM_WORKER, ConnectionFailed, FailureKind
from meshvisor.shared.protocol.messages import PROTOCOL_VERSION, Message, type_of
from meshvisor.shared.protocol.to_worker import TO_WORKER, Credentials, RefreshCredentials
from meshvisor.shared.secret import Secret

GOLDEN = Path(__file__).parent / "golden"
DIRECTIONS = {one.name: one for one in (TO_WORKER, FROM_WORKER, TO_RUNNER, FROM_RUNNER)}


def golden_files() -> list[Path]:
    """Return the pinned JSON of all messages."""
    return sorted(GOLDEN.glob("*/*.json"))


def test_every_message_has_a_golden_file() -> None:
    """No message is added, removed or renamed without its file."""
    names = {
        f"{name}/{type_of(kind)}"
        for name, direction in DIRECTIONS.items()
        for kind in direction.kinds()
    }
    assert {f"{path.parent.name}/{path.stem}" for path in golden_files()} == names


@pytest.mark.parametrize("path", golden_files(), ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_golden_file_is_read_and_written_alike(path: Path) -> None:
    """The JSON of each message stays what other versions know it to be."""
    text = path.read_text().strip()
    codec = Codec(DIRECTIONS[path.parent.name])
    message = codec.decode(text.encode())
    assert isinstance(message, Message)
    assert message.type == path.stem
    assert message.v == PROTOCOL_VERSION
    assert json.loads(codec.encode(message)) == json.loads(text)


def test_unknown_fields_are_ignored() -> None:
    """A newer peer may say more."""
    message = Codec(TO_WORKER).decode(b'{"type":"status_request","v":2,"id":7,"ts":1.5,"new":true}')
    assert isinstance(message, Message)
    assert (message.type, message.id) == ("status_request", 7)


def test_an_unknown_type_is_no_corruption() -> None:
    """It is distinguished, with the id that an answer needs."""
    unknown = Codec(TO_WORKER).decode(b'{"type":"dance","v":9,"id":12,"ts":0}')
    assert unknown == UnknownMessage("dance", 12)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\xff\xfe", "JSON"),
        (b"{}", "type"),
        (b"[]", "object"),
        (b"null", "object"),
        (b'{"type":5}', "type"),
        (b'{"type":"connection_failed"}', "connection_failed.attempt"),
        (b'{"type":"connection_failed","attempt":"x","error":"e","kind":"refused"}', "attempt"),
        (b'{"type":"mesh_event","kind":"message","data":{"a":NaN}}', "NaN"),
        (b'{"type":"mesh_event","kind":"message","data":{"a":[-1e999]}}', "1e999"),
        (b'{"type":"ready","ts":Infinity}', "Infinity"),
    ],
)
def test_corrupt_frames_are_named(body: bytes, reason: str) -> None:
    """The reason says which field of which message is at fault."""
    with pytest.raises(CorruptFrameError, match=reason):
        Codec(FROM_WORKER).decode(body)


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_random_frames_are_refused_or_read(body: bytes) -> None:
    """Nothing else ever comes out of the decoder."""
    try:
        result: object = Codec(FROM_WORKER).decode(body)
    except CorruptFrameError as error:
        result = error
    match result:
        case CorruptFrameError():
            assert len(result.head) <= HEAD_LENGTH
        case _:
            assert isinstance(result, Message | UnknownMessage)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=10,
)


@given(
    st.sampled_from([type_of(kind) for kind in FROM_WORKER.kinds()]),
    st.dictionaries(st.sampled_from(["id", "attempt", "error", "kind", "data", "v"]), json_values),
)
def test_known_types_with_random_fields_are_refused_or_read(
    kind: str, fields: dict[str, Any]
) -> None:
    """Validation, not chance, decides."""
    body = json.dumps({**fields, "type": kind}).encode()
    try:
        message = Codec(FROM_WORKER).decode(body)
    except CorruptFrameError:
        return
    assert isinstance(message, Message)
    assert message.type == kind


SECRET = "r:0123456789abcdef"


def test_secrets_travel_but_do_not_print() -> None:
    """The wire carries what an account holds; repr, str and the head of a corrupt frame do not."""
    token = Credentials(peer_id="1_a", auth_token=Secret(SECRET))
    message = RefreshCredentials(credentials=token)
    assert not {b"account", b"fields"} & set(Codec.encode(message).split(b'"'))
    message = RefreshCredentials(
        credentials=Credentials(peer_id="", account="relay", fields={"password": Secret(SECRET)})
    )
    assert Codec(TO_WORKER).decode(Codec.encode(message)[:-1]) == message
    encoded = Codec.encode(message)
    assert SECRET in encoded.decode()
    assert SECRET not in repr(message) + str(message)
    with pytest.raises(CorruptFrameError) as caught:
        Codec(FROM_WORKER).decode(
            encoded[:-1].replace(b"refresh_credentials", b"connection_failed")
        )
    assert SECRET not in str(caught.value) + caught.value.head


@pytest.mark.parametrize("end", ["}", ""], ids=["wrong", "no JSON"])
@pytest.mark.parametrize("field", ["type", "mode", "deadline", "id"])
def test_what_is_wrong_is_not_quoted(field: str, end: str) -> None:
    """A value that stands where it does not belong may be a secret."""
    fields = {"type": "shutdown", "mode": "graceful", "deadline": 1.0, field: SECRET}
    body = json.dumps(fields)[:-1].encode() + end.encode()
    try:
        read = Codec(TO_WORKER).decode(body)
    except CorruptFrameError as error:
        read = None
        assert SECRET not in str(error)  # noqa: PT017 - an unknown type is no error
    assert read is None or field == "type"


@given(st.integers(0, 300), st.sampled_from(["token", "authToken", "password", "API_KEY"]))
def test_no_cut_reveals_a_secret(padding: int, key: str) -> None:
    """However the frame is cut, not even a part of the secret is left in its head."""
    body = json.dumps({"p": "x" * padding, key: SECRET}).encode()
    for end in range(len(body)):
        assert "0123" not in CorruptFrameError(body[:end], "").head


def test_texts_and_waits_are_cut_on_both_sides() -> None:
    """What is too long is cut where it is said and where it is heard, to the same."""
    said = ConnectionFailed(
        attempt=1, error="a \x1b[2J\n" * 900, kind=FailureKind.REFUSED, retry_after=2.5e11
    )
    assert len(said.error) == 500
    assert said.error.isprintable()
    assert said.retry_after == 366 * 86_400
    heard = Codec(FROM_WORKER).decode(Codec.encode(said)[:-1])
    assert heard == said
    with pytest.raises(ValueError, match="finite"):
        msgspec.structs.replace(said, retry_after=float("nan"))
