"""Cutting a stream into frames, whatever comes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.shared.protocol.frames import MAX_FRAME, FrameDecoder, FrameTooLongError, frame

BODIES = st.lists(st.binary(min_size=1, max_size=200).filter(lambda body: b"\n" not in body))


def pieces(stream: bytes, cuts: list[int]) -> list[bytes]:
    """Cut a stream at the given places (modulo its length)."""
    places = sorted({cut % (len(stream) + 1) for cut in cuts} | {0, len(stream)})
    return [stream[a:b] for a, b in pairwise(places)]


@given(BODIES, st.lists(st.integers(0, 10_000)))
def test_frames_survive_any_cutting(bodies: list[bytes], cuts: list[int]) -> None:
    """Split and merged pieces give the same frames in the same order."""
    decoder = FrameDecoder()
    stream = b"".join(frame(body) for body in bodies)
    assert [body for piece in pieces(stream, cuts) for body in decoder.feed(piece)] == bodies
    assert not decoder.half_frame


@given(st.binary(max_size=5000), st.lists(st.integers(0, 10_000)))
def test_random_bytes_never_hang_or_crash(stream: bytes, cuts: list[int]) -> None:
    """Every byte but the newlines comes out again, in frames or as an unfinished one."""
    decoder = FrameDecoder()
    found = [body for piece in pieces(stream, cuts) for body in decoder.feed(piece)]
    whole = [line for line in stream.split(b"\n")[:-1] if line]
    assert found == whole
    assert decoder.half_frame is bool(stream.split(b"\n")[-1])


@pytest.mark.parametrize("step", [1, 4096, MAX_FRAME, 3 * MAX_FRAME], ids=str)
def test_a_frame_that_is_too_long_is_noticed_before_it_ends(step: int) -> None:
    """Memory stays bounded although the newline never comes."""
    decoder = FrameDecoder()
    fed = 0
    with pytest.raises(FrameTooLongError) as caught:
        # The first piece is large in any case: single bytes up to the limit would take minutes.
        for piece in (b"x" * (MAX_FRAME - 3), *[b"y" * step] * 6):
            fed += len(piece)
            list(decoder.feed(piece))
    assert caught.value.head.startswith(b"xxx")
    assert len(caught.value.head) == 200
    assert fed <= MAX_FRAME + max(4, step)


def test_the_longest_frame_passes() -> None:
    """Exactly the limit is allowed, one byte more is not, on either side."""
    body = b"z" * MAX_FRAME
    assert list(FrameDecoder().feed(frame(body))) == [body]
    with pytest.raises(FrameTooLongError):
        frame(body + b"z")
    with pytest.raises(FrameTooLongError):
        list(FrameDecoder().feed(body + b"z\n"))


def test_a_body_with_a_newline_is_refused() -> None:
    """It would arrive as two frames."""
    with pytest.raises(ValueError, match="newline"):
        frame(b"a\nb")
