"""What every message of every direction has in common."""

from __future__ import annotations

import json
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.features.jobs.messages.from_runner import (
    FROM_RUNNER,
    JobRateLimited,
    JobStopped,
)
from meshvisor.features.jobs.messages.to_runner import TO_RUNNER, Item, RunJob
from meshvisor.shared.nesting import DEEPEST
from meshvisor.shared.protocol.codec import Codec, CorruptFrameError, UnknownMessage
from meshvisor.shared.protocol.fields import as_wait
from meshvisor.shared.protocol.frames import MAX_FRAME, FrameTooLongError
from meshvisor.shared.protocol.from_worker import FROM_WORKER, Person
from meshvisor.shared.protocol.messages import Message
from meshvisor.shared.protocol.parts import Part
from meshvisor.shared.protocol.to_worker import TO_WORKER

GOLDEN = Path(__file__).parent / "golden"
DIRECTIONS = (TO_WORKER, FROM_WORKER, TO_RUNNER, FROM_RUNNER)
CODECS = {one.name: Codec(one) for one in DIRECTIONS}
FILES = sorted(GOLDEN.glob("*/*.json"))
FRAMES = [(path.parent.name, path.read_bytes().strip()) for path in FILES]
EVERY = pytest.mark.parametrize(
    ("direction", "frame"), FRAMES, ids=[f"{path.parent.name}/{path.stem}" for path in FILES]
)


@EVERY
def test_reading_is_the_reverse_of_writing(direction: str, frame: bytes) -> None:
    """What was written is read as an equal message, which cannot be changed."""
    codec = CODECS[direction]
    message = codec.decode(frame)
    assert isinstance(message, Message)
    assert codec.decode(codec.encode(message)) == message
    for name in message.__struct_fields__:
        with pytest.raises(AttributeError):
            setattr(message, name, None)


@EVERY
def test_nothing_is_written_as_null(direction: str, frame: bytes) -> None:
    """What is None is left out, and every other field of the envelope and of the message said."""
    codec = CODECS[direction]
    message = codec.decode(frame)
    assert isinstance(message, Message)
    said = json.loads(codec.encode(message))
    expected = {name for name in message.__struct_fields__ if getattr(message, name) is not None}
    assert set(said) - {"type"} == expected - ({"help"} if not said.get("help") else set())


# ---- Values of others ----------------------------------------------------------------------------


def nested(levels: int) -> Any:
    """Return a list within a list, and so on."""
    value: Any = []
    for _ in range(levels - 1):
        value = [value]
    return value


def with_foreign(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each message that holds a foreign value, with this one in it."""
    deep = {"a": value}
    submission = {"action": "a", "data": deep}
    job = {"job_id": 1, "run": 1}
    yield "from_worker", {"type": "mesh_event", "kind": "message", "data": deep}
    asked = {"type": "job_request", "user_id": "1", "command": "submit"}
    yield "from_worker", {**asked, "submission": submission}
    yield "from_runner", {"type": "job_request", **job, "submission": submission}
    yield "from_runner", {"type": "checkpoint", **job, "keeps": True, "state": deep}
    results = [{"position": 1, "state": "done", "result": value}]
    yield "from_runner", {"type": "item_results", **job, "results": results}
    yield "to_runner", {"type": "run_job", **job, "attempt": 1, "action": "a", "data": deep}
    yield "to_runner", {"type": "run_job", **job, "attempt": 1, "action": "a", "state": value}


def kinds_with_anything() -> set[type[Message]]:
    """Return the messages that have a field, also one of a part of theirs, for any JSON."""
    return {kind for one in DIRECTIONS for kind in one.kinds() if Any in set(_types(kind))}


def _types(kind: Any) -> Iterator[Any]:
    yield kind
    if isinstance(kind, type) and issubclass(kind, Part):
        for field in msgspec.structs.fields(kind):
            yield from _types(field.type)
    for inner in get_args(kind):
        yield from _types(inner)


def test_deep_values_are_refused() -> None:
    """They would end the next recursive function; those of plug-ins are never so deep."""
    read = set()
    for direction, fields in with_foreign(nested(DEEPEST // 2)):
        message = CODECS[direction].decode(json.dumps(fields).encode())
        assert isinstance(message, Message)
        read.add(type(message))
    assert read == kinds_with_anything()
    for levels in (DEEPEST, 2000, 100_000):
        deep = "[" * levels + "]" * levels
        for direction, fields in with_foreign("?"):
            body = json.dumps(fields).replace('"?"', deep).encode()
            with pytest.raises(CorruptFrameError, match=r"nested|recursion"):
                CODECS[direction].decode(body)


@pytest.mark.parametrize(
    "value",
    [b"NaN", b"-Infinity", b"1e999", rb'"\ud800"', b'"\xff"', b'"\t"', b"01", b"9" * 5000],
)
def test_what_is_of_no_use_is_refused(value: bytes) -> None:
    """Wherever a message takes any value, it has to be one that can be stored and sent."""
    for direction, fields in with_foreign("?"):
        body = json.dumps(fields).encode().replace(b'"?"', value)
        with pytest.raises(CorruptFrameError):
            CODECS[direction].decode(body)


# ---- Texts that are cut --------------------------------------------------------------------------


def cut_fields() -> Iterator[tuple[type[Part], str, Callable[[Any], Any]]]:
    """Yield every field whose type says that it is cut, and what cuts it."""
    for kind in {kind for one in DIRECTIONS for kind in one.kinds()} | {Person}:
        for name, hint in typing.get_type_hints(kind, include_extras=True).items():
            for note in _notes(hint):
                if isinstance(note, msgspec.Meta) and note.extra:
                    yield kind, name, note.extra["cut"]


def _notes(hint: Any) -> Iterator[Any]:
    if get_origin(hint) is Annotated:
        yield from get_args(hint)[1:]
    else:
        for inner in get_args(hint):
            yield from _notes(inner)


def test_every_text_that_says_so_is_cut() -> None:
    """No message forgets to, and what is cut already stays as it is."""
    fields = list(cut_fields())
    for kind, name, cut in fields:
        long: Any = 1e12 if cut is as_wait else "a  \x1b[2J" * 20_000
        given: dict[str, Any] = {
            field.name: "" for field in msgspec.structs.fields(kind) if field.required
        }
        if kind is JobStopped:
            (held,) = getattr(kind(**{**given, name: (long,)}), name)
        else:
            if kind is JobRateLimited:
                given["resume_after"] = 0.0
            held = getattr(kind(**{**given, name: long}), name)
        assert held == cut(long), f"{kind.__name__}.{name}"
        assert cut(held) == held
    assert len(fields) > 15


# ---- Frames that are nearly right ----------------------------------------------------------------


SMALL: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    2**63,
    2**70,
    "",
    "x",
    "5",
    [],
    {},
    [1],
    {"a": None},
)


@given(st.sampled_from(FRAMES), st.data())
def test_changed_frames_are_read_refused_or_unknown(
    pinned: tuple[str, bytes], data: st.DataObject
) -> None:
    """Nothing else comes out, and what is read can be written and read again."""
    direction, frame = pinned
    fields = json.loads(frame)
    for _ in range(data.draw(st.integers(1, 3))):
        name = data.draw(st.sampled_from(sorted(fields) or ["type"]))
        if data.draw(st.booleans()):
            fields.pop(name, None)
        else:
            fields[name] = data.draw(st.sampled_from(SMALL))
    codec = CODECS[direction]
    try:
        message = codec.decode(json.dumps(fields).encode())
    except CorruptFrameError:
        return
    if isinstance(message, UnknownMessage):
        assert fields["type"] == message.type
    else:
        assert codec.decode(codec.encode(message)) == message


@given(st.sampled_from(FRAMES), st.data())
def test_damaged_frames_are_read_refused_or_unknown(
    pinned: tuple[str, bytes], data: st.DataObject
) -> None:
    """Also when single bytes are others, missing or too many."""
    direction, frame = pinned
    at = data.draw(st.integers(0, len(frame)))
    less = data.draw(st.integers(0, 4))
    damaged = frame[:at] + data.draw(st.binary(max_size=4)) + frame[at + less :]
    codec = CODECS[direction]
    try:
        message = codec.decode(damaged)
    except CorruptFrameError:
        return
    if isinstance(message, Message):
        assert codec.decode(codec.encode(message)) == message


# ---- What does not fit ---------------------------------------------------------------------------


def job(**fields: Any) -> RunJob:
    """Return a job that a runner could be given."""
    return RunJob(job_id=1, run=1, attempt=1, action="walk", **fields)


@pytest.mark.parametrize("data", [{}, {"code": "x"}], ids=["without data", "with data"])
def test_what_is_too_long(data: dict[str, Any]) -> None:
    """It is refused here, not by the one who reads it."""
    key = "k" * 1000
    items = tuple(Item(position=n, key=key) for n in range(MAX_FRAME // len(key)))
    with pytest.raises(FrameTooLongError):
        Codec.encode(job(items=items, data=data))


@pytest.mark.parametrize(
    "value", ["\ud800", object(), nested(100_000)], ids=["half", "odd", "deep"]
)
def test_data_that_could_not_be_read(value: Any) -> None:
    """A half of a character is no text, and what cannot be written is refused like it."""
    with pytest.raises(ValueError, match=r"surrogates|unsupported|recursion|no JSON"):
        Codec.encode(job(data={"code": value}))


def test_each_has_its_own_id() -> None:
    """As all messages of a sender have, however they are made."""
    first, second = job(), job()
    assert 0 < first.id < second.id
    assert second.ts >= first.ts > 0
