"""Frames to messages: known, unknown and corrupt."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.features.jobs.messages.from_runner import FromRunner
from meshvisor.features.jobs.messages.to_runner import ToRunner
from meshvisor.shared.protocol.codec import HEAD_LENGTH, Codec, CorruptFrameError, UnknownMessage
from meshvisor.shared.protocol.from_worker import ConnectionFailed, FailureKind, FromWorker
from meshvisor.shared.protocol.messages import PROTOCOL_VERSION, Message
from meshvisor.shared.protocol.to_worker import Credentials, RefreshCredentials, ToWorker

GOLDEN = Path(__file__).parent / "golden"
UNIONS = {
    "to_worker": ToWorker,
    "from_worker": FromWorker,
    "to_runner": ToRunner,
    "from_runner": FromRunner,
}


def message_types(union: Any) -> list[type[Message]]:
    """Return the members of an annotated union."""
    return list(get_args(get_args(union)[0]))


def golden_files() -> list[Path]:
    """Return the pinned JSON of all messages."""
    return sorted(GOLDEN.glob("*/*.json"))


def test_every_message_has_a_golden_file() -> None:
    """No message is added, removed or renamed without its file."""
    names = {
        f"{direction}/{kind.model_fields['type'].default}"
        for direction, union in UNIONS.items()
        for kind in message_types(union)
    }
    assert {f"{path.parent.name}/{path.stem}" for path in golden_files()} == names


@pytest.mark.parametrize("path", golden_files(), ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_golden_file_is_read_and_written_alike(path: Path) -> None:
    """The JSON of each message stays what other versions know it to be."""
    text = path.read_text().strip()
    codec = Codec[Message](UNIONS[path.parent.name])
    message = codec.decode(text.encode())
    assert isinstance(message, Message)
    assert message.type == path.stem
    assert message.v == PROTOCOL_VERSION
    assert json.loads(codec.encode(message)) == json.loads(text)


def test_unknown_fields_are_ignored() -> None:
    """A newer peer may say more."""
    message = Codec[Message](ToWorker).decode(
        b'{"type":"status_request","v":2,"id":7,"ts":1.5,"new":true}'
    )
    assert isinstance(message, Message)
    assert (message.type, message.id) == ("status_request", 7)


def test_an_unknown_type_is_no_corruption() -> None:
    """It is told apart, with the id that an answer needs."""
    unknown = Codec[Message](ToWorker).decode(b'{"type":"dance","v":9,"id":12,"ts":0}')
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
        Codec[Message](FromWorker).decode(body)


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_random_frames_are_refused_or_read(body: bytes) -> None:
    """Nothing else ever comes out of the decoder."""
    try:
        result: object = Codec[Message](FromWorker).decode(body)
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
    st.sampled_from([kind.model_fields["type"].default for kind in message_types(FromWorker)]),
    st.dictionaries(st.sampled_from(["id", "attempt", "error", "kind", "data", "v"]), json_values),
)
def test_known_types_with_random_fields_are_refused_or_read(
    kind: str, fields: dict[str, Any]
) -> None:
    """Validation, not chance, decides."""
    body = json.dumps({**fields, "type": kind}).encode()
    try:
        message = Codec[Message](FromWorker).decode(body)
    except CorruptFrameError:
        return
    assert isinstance(message, Message)
    assert message.type == kind


SECRET = "r:0123456789abcdef"


def test_secrets_travel_but_do_not_print() -> None:
    """The wire carries the token; repr, str and the head of a corrupt frame do not."""
    message = RefreshCredentials(credentials=Credentials(peer_id="1_a", auth_token=SECRET))
    encoded = Codec.encode(message)
    assert SECRET in encoded.decode()
    assert SECRET not in repr(message) + str(message)
    with pytest.raises(CorruptFrameError) as caught:
        Codec[Message](FromWorker).decode(
            encoded[:-1].replace(b"refresh_credentials", b"connection_failed")
        )
    assert SECRET not in str(caught.value) + caught.value.head


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
    heard = Codec[Message](FromWorker).decode(Codec.encode(said)[:-1])
    assert heard == said
    with pytest.raises(ValueError, match="finite"):
        said.model_validate({**said.model_dump(), "retry_after": float("nan")})
